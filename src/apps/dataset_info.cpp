#include "apps/dataset_info.h"

#include <algorithm>

#include "apps/console.h"
#include "apps/dates.h"
#include "apps/text_table.h"

namespace attune {
namespace {

constexpr std::size_t kTitlesShown = 5;
constexpr int kQuantiles[] = {0, 25, 50, 75, 90, 100};

double density(const Manifest& manifest) {
  const double cells = static_cast<double>(manifest.users) * static_cast<double>(manifest.items);
  return cells == 0 ? 0 : static_cast<double>(manifest.interactions) / cells;
}

Json columns_json(const Catalogue& table) {
  Json columns = Json::array();
  for (const Column& column : table.columns()) {
    columns.push(Json::object().set("name", column.name).set("kind", column_kind_name(column.kind)));
  }
  return columns;
}

std::string columns_line(const Catalogue& table) {
  std::string line;
  for (const Column& column : table.columns()) {
    line +=
        (line.empty() ? "" : ", ") + fitted(column.name, 40) + " (" + std::string(column_kind_name(column.kind)) + ")";
  }
  return line;
}

Json sources_json(const Manifest& manifest) {
  Json sources = Json::array();
  for (const Source& source : manifest.sources) {
    sources.push(Json::object()
                     .set("role", source.role)
                     .set("name", source.name)
                     .set("bytes", source.bytes)
                     .set("xxh128", source.xxh128));
  }
  return sources;
}

Json quantiles_json(const std::vector<std::uint64_t>& sorted) {
  Json json = Json::object();
  for (const int percent : kQuantiles) json.set(std::to_string(percent), quantile(sorted, percent));
  return json;
}

std::string quantiles_line(const std::vector<std::uint64_t>& sorted) {
  std::string line;
  for (const int percent : kQuantiles) {
    const std::string name = percent == 0     ? "least"
                             : percent == 50  ? "median"
                             : percent == 100 ? "most"
                                              : std::to_string(percent) + " %";
    line += (line.empty() ? "" : ", ") + name + " " + grouped(quantile(sorted, percent));
  }
  return line;
}

double fraction(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json tie_order_json(const Health::TieOrder& order) {
  return Json::object().set("differing", order.differing).set("ascending", order.ascending);
}

Json leaks_json(const Health& health) {
  Json columns = Json::array();
  for (const Health::FollowingColumn& column : health.following_columns) {
    columns.push(Json::object()
                     .set("table", column.table)
                     .set("column", column.column)
                     .set("rank_correlation", column.correlation));
  }
  return Json::object()
      .set("tied_by_item", tie_order_json(health.ties_by_item))
      .set("tied_by_rating", tie_order_json(health.ties_by_rating))
      .set("columns_that_follow_events", columns)
      .set("leave_one_out_tests", health.leave_one_out_tests)
      .set("leave_one_out_training_from_the_future",
           fraction(health.leave_one_out_from_the_future, health.leave_one_out_training))
      .set("leave_one_out_repeats", health.leave_one_out_repeats);
}

Json findings_json(const std::vector<Finding>& findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) {
    json.push(Json::object()
                  .set("level", finding.warning ? "warning" : "note")
                  .set("topic", finding.topic)
                  .set("text", finding.text));
  }
  return json;
}

Json health_json(const Health& health, const std::vector<Finding>& findings) {
  Json json = Json::object();
  json.set("one_event_users", health.one_event_users)
      .set("one_event_items", health.one_event_items)
      .set("repeats", health.repeats)
      .set("duplicates", health.duplicates)
      .set("neighbours", health.neighbours)
      .set("tied_neighbours", health.tied_neighbours)
      .set("tied_share", fraction(health.tied_neighbours, health.neighbours));
  if (health.first) {
    Json over_time = Json::array();
    for (const std::uint64_t count : health.events_over_time) over_time.push(count);
    json.set("whole_days", health.whole_days)
        .set("users_in_bursts", health.users_in_bursts)
        .set("users_within_a_day", health.users_within_a_day)
        .set("busiest_day", date_text(Timestamp{health.busiest_day * 86'400'000'000}))
        .set("busiest_day_events", health.busiest_day_events)
        .set("median_day_events", health.median_day_events)
        .set("events_over_time", over_time);
  }
  if (!health.ratings.empty()) {
    Json ratings = Json::array();
    for (const auto& [rating, count] : health.ratings) {
      ratings.push(Json::object().set("rating", rating).set("events", count));
    }
    json.set("ratings", ratings);
  }
  return json.set("missing_ratings", health.missing_ratings)
      .set("items_not_in_catalogue", health.items_not_in_catalogue)
      .set("events_not_in_catalogue", health.events_not_in_catalogue)
      .set("catalogue_items_without_events", health.catalogue_items_without_events)
      .set("leaks", leaks_json(health))
      .set("findings", findings_json(findings));
}

std::string findings_text(const std::vector<Finding>& findings) {
  constexpr std::size_t kIndent = 4;
  std::string text;
  for (const Finding& finding : findings) {
    const std::string mark = finding.warning ? "  ! " : "  - ";
    const std::size_t width = std::max<std::size_t>(output_width(), 60) - kIndent;
    bool first = true;
    for (const std::string& line : wrapped(finding.topic + ": " + finding.text, width)) {
      text += (first ? mark : std::string(kIndent, ' ')) + line + "\n";
      first = false;
    }
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> dataset_facts(const Dataset& dataset, const Health& health) {
  const Manifest& manifest = dataset.manifest();
  std::vector<std::pair<std::string, std::string>> facts{
      {"interactions", grouped(manifest.interactions)},
      {"users", grouped(manifest.users)},
      {"items", grouped(manifest.items)},
      {"catalogue", manifest.catalogue_items == 0 ? "none" : grouped(manifest.catalogue_items)},
      {"density", short_number(100 * density(manifest), 3) + " %"},
      {"times", health.first ? date_text(*health.first) + " to " + date_text(*health.last)
                             : std::string("none: the order of the log")},
      {"ratings", manifest.has_ratings ? "yes, mean " + short_number(health.mean_rating, 3) : "none"},
      {"events a user", quantiles_line(health.events_per_user)},
      {"events an item", quantiles_line(health.events_per_item)}};
  if (!dataset.catalogue().columns().empty()) facts.emplace_back("item columns", columns_line(dataset.catalogue()));
  if (!dataset.user_table().columns().empty()) facts.emplace_back("user columns", columns_line(dataset.user_table()));
  for (const Source& source : manifest.sources) {
    facts.emplace_back("from", source.role + " " + fitted(source.name, 60) + ", " + grouped(source.bytes) + " bytes");
  }
  facts.emplace_back("fingerprint", manifest.fingerprint);
  return facts;
}

Json dataset_json(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings) {
  const Manifest& manifest = dataset.manifest();
  Json json = Json::object();
  json.set("kind", "dataset")
      .set("interactions", manifest.interactions)
      .set("users", manifest.users)
      .set("items", manifest.items)
      .set("catalogue", manifest.catalogue_items)
      .set("ratings", manifest.has_ratings)
      .set("times", manifest.has_times)
      .set("density", density(manifest));
  if (health.first) json.set("first_time", time_text(*health.first)).set("last_time", time_text(*health.last));
  return json.set("events_per_user", quantiles_json(health.events_per_user))
      .set("events_per_item", quantiles_json(health.events_per_item))
      .set("item_columns", columns_json(dataset.catalogue()))
      .set("user_columns", columns_json(dataset.user_table()))
      .set("health", health_json(health, findings))
      .set("sources", sources_json(manifest))
      .set("schema_version", manifest.schema_version)
      .set("fingerprint", manifest.fingerprint);
}

void print_dataset(const Dataset& dataset, const Health& health, const std::vector<Finding>& findings,
                   const std::filesystem::path& path) {
  TextTable table;
  table.column("");
  table.column("");
  for (const auto& [name, value] : dataset_facts(dataset, health)) table.row({name, value});
  print("Dataset " + path.string() + "\n" + table.text());
  if (!findings.empty()) print("\nWhat to know of it (! first: what to fear)\n" + findings_text(findings));

  TextTable titles;
  titles.column("item");
  titles.column("title");
  for (std::size_t i = 0; i < dataset.items() && i < kTitlesShown; ++i) {
    titles.row({fitted(dataset.item_ids()[i], 40), fitted(dataset.catalogue().title(i), 60)});
  }
  if (!titles.empty()) print("\nThe first items\n" + titles.text());
}

}  // namespace attune
