#include "apps/health_page.h"

#include <cmath>

#include "apps/dataset_info.h"
#include "apps/dates.h"
#include "apps/svg_plot.h"
#include "apps/text_table.h"
#include "apps/version.h"

namespace attune {
namespace {

constexpr char kStyle[] = R"(
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --page: #fafbfc; --card: #fff; --rule: #dde2e8;
  --main: #2f6fb0; --warn: #9a3b00; --warn-page: #fff4ec; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa6b5; --page: #14181e; --card: #1c222a;
  --rule: #333c48; --main: #6aa9e6; --warn: #ffb184; --warn-page: #35231a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 28px 20px 40px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 10px; }
p.lead { color: var(--soft); margin: 0 0 20px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 16px 18px; margin: 0 0 16px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 16px; }
.pair section { margin: 0; }
.pair { margin: 0 0 16px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--soft); padding: 3px 16px 3px 0; vertical-align: top;
  white-space: nowrap; }
td { padding: 3px 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: 7px 12px; margin: 0 0 6px; border-left: 4px solid var(--rule); }
li.warning { border-color: var(--warn); background: var(--warn-page); }
li b { margin-right: 6px; }
li.warning b { color: var(--warn); }
svg { display: block; width: 100%; height: auto; }
.bar { fill: var(--main); }
.line { fill: none; stroke: var(--main); stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--rule); stroke-width: 1; }
.label { fill: var(--soft); font-size: 12px; }
)";

std::string section(const std::string& title, const std::string& body) {
  return "<section><h2>" + html_text(title) + "</h2>" + body + "</section>\n";
}

std::string facts_table(const Dataset& dataset, const Health& health) {
  std::string html = "<table>";
  for (const auto& [name, value] : dataset_facts(dataset, health)) {
    html += "<tr><th scope=\"row\">" + html_text(name) + "</th><td>" + html_text(value) + "</td></tr>";
  }
  return html + "</table>";
}

std::string findings_list(const std::vector<Finding>& findings) {
  if (findings.empty()) return "<p>Nothing out of the ordinary.</p>";
  std::string html = "<ul>";
  for (const Finding& finding : findings) {
    html += std::string("<li") + (finding.warning ? " class=\"warning\"" : "") + "><b>" +
            (finding.warning ? "⚠ " : "") + html_text(finding.topic) + "</b>" + html_text(finding.text) + "</li>";
  }
  return html + "</ul>";
}

// How many of the sorted counts are 1, 2, 3–4, 5–8 …
std::vector<Bar> doubling_bars(const std::vector<std::uint64_t>& sorted, const char* what) {
  std::vector<Bar> bars;
  std::size_t at = 0;
  for (std::uint64_t low = 1, high = 1; at < sorted.size(); low = high + 1, high *= 2) {
    Bar bar{.tick = grouped(high), .name = "", .value = 0};
    bar.name = (low == high ? grouped(high) : grouped(low) + " to " + grouped(high)) + " " + what;
    while (at < sorted.size() && sorted[at] <= high) {
      ++at;
      ++bar.value;
    }
    bars.push_back(std::move(bar));
  }
  return bars;
}

std::string activity_plot(const Health& health) {
  return bar_plot(doubling_bars(health.events_per_user, "events"),
                  {.alt = "Users by the number of their events", .x = "events a user, up to", .y = "users"});
}

// The events of the items from the most popular one on, at ranks that lie evenly on a logarithmic axis.
std::string popularity_plot(const Health& health) {
  constexpr double kPointsPerTenfold = 24;
  const auto& sorted = health.events_per_item;
  std::vector<std::pair<double, double>> points;
  for (double exponent = 0; !sorted.empty(); exponent += 1 / kPointsPerTenfold) {
    const auto rank = std::min(static_cast<std::size_t>(std::llround(std::pow(10, exponent))), sorted.size());
    const auto x = static_cast<double>(rank);
    if (points.empty() || points.back().first < x) {
      points.emplace_back(x, static_cast<double>(sorted[sorted.size() - rank]));
    }
    if (rank == sorted.size()) break;
  }
  return log_line_plot(points, {.alt = "Events of each item, from the most popular one on",
                                .x = "rank of the item, most popular first",
                                .y = "events"});
}

std::string popularity_words(const Health& health) {
  const auto& sorted = health.events_per_item;
  std::uint64_t all = 0, top = 0;
  const std::size_t tenth = (sorted.size() + 9) / 10;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    all += sorted[i];
    if (i >= sorted.size() - tenth) top += sorted[i];
  }
  if (all == 0) return "";
  return "<p>The most popular tenth of the items has " +
         decimal_number(100 * static_cast<double>(top) / static_cast<double>(all), 1) + " % of the events.</p>";
}

std::string time_plot(const Health& health) {
  const auto first = static_cast<std::int64_t>(*health.first), last = static_cast<std::int64_t>(*health.last);
  const double parts = Health::kTimeParts;
  std::vector<Bar> bars;
  for (std::size_t part = 0; part < health.events_over_time.size(); ++part) {
    const double length = static_cast<double>(last) - static_cast<double>(first);
    const auto start = first + static_cast<std::int64_t>(length * static_cast<double>(part) / parts);
    const std::string date = date_text(Timestamp{start});
    const bool shown = part % 12 == 3;
    bars.push_back({shown ? date : "", "from " + date, static_cast<double>(health.events_over_time[part])});
  }
  return bar_plot(bars, {.alt = "Events over time", .x = "time", .y = "events"});
}

std::string rating_plot(const Health& health) {
  std::vector<Bar> bars;
  for (const auto& [rating, count] : health.ratings) {
    const std::string text = short_number(static_cast<double>(rating));
    bars.push_back({health.ratings.size() <= 12 ? text : "", "rated " + text, static_cast<double>(count)});
  }
  return bar_plot(bars, {.alt = "Events by rating", .x = "rating", .y = "events"});
}

}  // namespace

std::string health_page(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings,
                        const std::string& name) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>";
  html += html_text(name) + ": dataset health</title><style>" + kStyle + "</style></head><body>\n";
  html += "<h1>" + html_text(name) +
          "</h1><p class=\"lead\">What this dataset holds, and what to know before trusting " +
          "a result on it. Made by attune " + std::string(kVersion) + ".</p>\n";
  html += section("What to know", findings_list(findings));
  html += section("What it holds", facts_table(dataset, health));
  html += "<div class=\"pair\">" + section("Activity: users by their events", activity_plot(health)) +
          section("Popularity: items by rank", popularity_plot(health) + popularity_words(health)) + "</div>\n";
  std::string rest;
  if (health.first) rest += section("Events over time", time_plot(health));
  if (!health.ratings.empty()) rest += section("Ratings", rating_plot(health));
  if (!rest.empty()) html += "<div class=\"pair\">" + rest + "</div>\n";
  return html + "</body></html>\n";
}

}  // namespace attune
