#include <algorithm>
#include <utility>

#include "apps/comparison_out.h"
#include "apps/svg_chart.h"
#include "apps/text_table.h"

namespace attune {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
th { text-align: right; font-weight: 600; } td { text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.sub, .note { opacity: .75; } .note { font-size: 13px; max-width: 46rem; }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; display: block; margin: 1rem 0; }
)";

std::string html_table(const ReportTable& table) {
  std::string text = "<h2>" + escaped(table.title) + "</h2>\n<div class=\"wide\"><table>\n<tr>";
  for (const std::string& column : table.columns) text += "<th>" + escaped(column) + "</th>";
  text += "</tr>\n";
  for (const auto& row : table.rows) {
    text += "<tr>";
    for (const std::string& cell : row) text += "<td>" + escaped(cell) + "</td>";
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string interval_plot(const Comparison& comparison, const ComparisonRequest& request) {
  IntervalChart chart{request.metric + " with 95 % intervals", request.metric, {}};
  for (std::size_t m = 0; m < comparison.models.size(); ++m) {
    const Interval& interval = comparison.significance.intervals[m];
    chart.rows.push_back({comparison.models[m].name, comparison.significance.means[m], interval.low, interval.high});
  }
  return svg(chart);
}

std::string difference_plot(const Comparison& comparison, const ComparisonRequest& request) {
  IntervalChart chart{"The best model less each other, 95 % paired intervals", "difference of " + request.metric, {}};
  for (const Difference& d : comparison.significance.differences) {
    if (d.a == 0) chart.rows.push_back({comparison.models[d.b].name, d.mean, d.interval.low, d.interval.high});
  }
  return chart.rows.empty() ? "" : svg(chart);
}

std::string trade_off_plot(const Comparison& comparison, const ComparisonRequest& request) {
  XyChart chart;
  chart.title = "Quality and time";
  chart.x_title = "seconds of the fit (logarithmic; below 0.001 shown as 0.001)";
  chart.y_title = request.metric;
  chart.x_axis = XyChart::Axis::kLog;
  for (std::size_t m = 0; m < comparison.models.size(); ++m) {
    const ComparedModel& model = comparison.models[m];
    chart.series.push_back({model.name,
                            {{std::max(model.train_seconds, 1e-3), comparison.significance.means[m]}},
                            XyChart::Marks::kPoints});
  }
  return svg(chart);
}

// A plot for each way of slicing: a line a model over the slices that any model has.
std::string slice_plots(const Comparison& comparison, const ComparisonRequest& request) {
  std::string drawn;
  for (const auto& [by, title] : {std::pair{"activity", "by the length of the user's history"},
                                  {"popularity", "by the popularity of the item"},
                                  {"time", "by the time of the event"}}) {
    XyChart chart;
    chart.title = request.metric + " " + title;
    chart.y_title = request.metric;
    for (const Slice& slice : comparison.models.front().evaluation.slices) {
      if (slice.by == by) chart.x_names.push_back(slice.name);
    }
    if (chart.x_names.size() < 2) continue;
    for (const ComparedModel& model : comparison.models) {
      XyChart::Series series{model.name, {}, XyChart::Marks::kLine};
      for (const Slice& slice : model.evaluation.slices) {
        const auto place = std::ranges::find(chart.x_names, slice.name);
        if (slice.by != by || place == chart.x_names.end()) continue;
        series.points.emplace_back(static_cast<double>(place - chart.x_names.begin()),
                                   slice.metrics.at(request.metric));
      }
      chart.series.push_back(std::move(series));
    }
    drawn += svg(chart);
  }
  return drawn;
}

std::string learning_plot(const Comparison& comparison) {
  XyChart chart;
  chart.title = "Learning curves: NDCG@10 of the validation part while fitting";
  chart.x_title = "seconds of the fit";
  chart.y_title = "NDCG@10";
  for (const ComparedModel& model : comparison.models) {
    if (model.validations.size() > 1) chart.series.push_back({model.name, model.validations, XyChart::Marks::kLine});
  }
  return chart.series.empty() ? "" : svg(chart);
}

ReportTable slice_table(const Comparison& comparison, const ComparisonRequest& request) {
  ReportTable table{request.metric + " by slice", {"slice", "users", "targets"}, {}};
  for (const ComparedModel& model : comparison.models) table.columns.push_back(model.name);
  for (const Slice& slice : comparison.models.front().evaluation.slices) {
    std::vector<std::string> row = {slice.by + ": " + slice.name, grouped(slice.users), grouped(slice.targets)};
    for (const ComparedModel& model : comparison.models) {
      const auto& slices = model.evaluation.slices;
      const auto found = std::ranges::find_if(
          slices, [&](const Slice& other) { return other.by == slice.by && other.name == slice.name; });
      row.push_back(found == slices.end() ? "-" : decimal_number(found->metrics.at(request.metric), 4));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string settings(const Comparison& comparison) {
  std::string text = "<h2>Settings</h2>\n";
  for (const ComparedModel& model : comparison.models) {
    text += "<p class=\"note\"><b>" + escaped(model.name) + "</b> <code>" + escaped(model.config) + "</code></p>\n";
  }
  return text;
}

}  // namespace

std::string comparison_html(const Comparison& comparison, const ComparisonRequest& request,
                            const ComparisonTitle& title) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Models on " +
      escaped(title.dataset) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>Models on " +
      escaped(title.dataset) + "</h1>\n<p class=\"sub\">" + escaped(title.machine) + ", " + escaped(title.date) +
      "</p>\n";
  for (const std::string& note : comparison_notes(comparison, request)) {
    page += "<p class=\"note\">" + escaped(note) + "</p>\n";
  }
  page += html_table(quality_table(comparison, request)) + interval_plot(comparison, request);
  if (comparison.models.size() > 1) {
    page += html_table(difference_table(comparison, request)) + difference_plot(comparison, request);
  }
  page += html_table(cost_table(comparison)) + trade_off_plot(comparison, request) + html_table(list_table(comparison));
  const ReportTable expected = expected_table(comparison);
  if (!expected.rows.empty()) page += html_table(expected);
  page += html_table(slice_table(comparison, request)) + slice_plots(comparison, request) + learning_plot(comparison) +
          settings(comparison) + "</body>\n</html>\n";
  return page;
}

}  // namespace attune
