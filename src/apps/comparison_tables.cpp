#include <algorithm>
#include <cstdint>

#include "apps/comparison_out.h"
#include "apps/text_table.h"

namespace attune {
namespace {

std::string metric_text(const std::map<std::string, double>& metrics, const std::string& key, int decimals = 4) {
  const auto found = metrics.find(key);
  return found == metrics.end() ? "-" : decimal_number(found->second, decimals);
}

std::string signed_number(double value) { return (value >= 0 ? "+" : "") + decimal_number(value, 4); }

std::string p_text(double p) {
  if (p < 1e-4) return "< 0.0001";
  return decimal_number(p, p < 0.01 ? 4 : 3);
}

// "NDCG@10" of "ndcg@10".
std::string shown(const std::string& key) {
  if (key == "ndcg@10") return "NDCG@10";
  if (key == "mrr@10") return "MRR@10";
  if (key == "map@10") return "MAP@10";
  if (key == "hit_rate@10") return "HR@10";
  return key;
}

std::string seconds(double value) { return decimal_number(value, value < 10 ? 2 : value < 1000 ? 1 : 0); }

}  // namespace

ReportTable quality_table(const Comparison& comparison, const ComparisonRequest& request) {
  ReportTable table{"Quality", {"model", shown(request.metric), "95 % interval"}, {}};
  std::vector<std::string> keys;
  for (const MetricField& field : kMetricFields) {
    const std::string key = metric_key(field.name, kCutoffs[kAt10]);
    if (key == request.metric) continue;
    keys.push_back(key);
    table.columns.push_back(shown(key));
  }
  for (std::size_t m = 0; m < comparison.models.size(); ++m) {
    const ComparedModel& model = comparison.models[m];
    const Interval& interval = comparison.significance.intervals[m];
    std::vector<std::string> row = {model.name, metric_text(model.evaluation.metrics, request.metric),
                                    decimal_number(interval.low, 4) + " to " + decimal_number(interval.high, 4)};
    for (const std::string& key : keys) row.push_back(metric_text(model.evaluation.metrics, key));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable list_table(const Comparison& comparison) {
  ReportTable table{"What the lists of ten are like",
                    {"model", "coverage", "novelty, bits", "Gini", "diversity", "miscalibration"},
                    {}};
  for (const ComparedModel& model : comparison.models) {
    const auto& metrics = model.evaluation.metrics;
    table.rows.push_back({model.name, metric_text(metrics, "coverage@10"), metric_text(metrics, "novelty@10", 2),
                          metric_text(metrics, "gini@10"), metric_text(metrics, "diversity@10"),
                          metric_text(metrics, "miscalibration@10")});
  }
  return table;
}

ReportTable cost_table(const Comparison& comparison) {
  ReportTable table{
      "Cost", {"model", "fit, s", "fit, peak MB", "ranking, s", "ranking, peak MB", "users a second"}, {}};
  for (const ComparedModel& model : comparison.models) {
    const Protocol& protocol = model.evaluation.protocol;
    const double users = static_cast<double>(protocol.users + protocol.new_users);
    table.rows.push_back({model.name, seconds(model.train_seconds), decimal_number(model.train_peak_mb, 0),
                          seconds(model.score_seconds), decimal_number(model.score_peak_mb, 0),
                          grouped(static_cast<std::uint64_t>(users / std::max(model.score_seconds, 1e-9)))});
  }
  return table;
}

ReportTable difference_table(const Comparison& comparison, const ComparisonRequest& request) {
  ReportTable table{
      "Differences of " + shown(request.metric), {"models", "difference", "95 % interval", "p", "p, Holm"}, {}};
  for (const Difference& d : comparison.significance.differences) {
    table.rows.push_back({comparison.models[d.a].name + " - " + comparison.models[d.b].name, signed_number(d.mean),
                          signed_number(d.interval.low) + " to " + signed_number(d.interval.high), p_text(d.p),
                          p_text(d.p_holm)});
  }
  return table;
}

ReportTable expected_table(const Comparison& comparison) {
  ReportTable table{"Expected if ties were broken by lot",
                    {"model", "targets in ties", "HR@10", "NDCG@10", "recall@10", "MRR@10", "MAP@10"},
                    {}};
  for (const ComparedModel& model : comparison.models) {
    const auto& expected = model.evaluation.expected_metrics;
    if (expected.empty()) continue;
    table.rows.push_back({model.name, grouped(model.evaluation.protocol.tied_targets),
                          metric_text(expected, "hit_rate@10"), metric_text(expected, "ndcg@10"),
                          metric_text(expected, "recall@10"), metric_text(expected, "mrr@10"),
                          metric_text(expected, "map@10")});
  }
  return table;
}

std::vector<std::string> comparison_notes(const Comparison& comparison, const ComparisonRequest& request) {
  const Protocol& protocol = comparison.models.front().evaluation.protocol;
  std::vector<std::string> notes;
  notes.push_back("Split " + protocol.split + ", " + protocol.part + " part, seen items " +
                  (protocol.seen == "keep" ? "kept" : "excluded") + "; " + grouped(protocol.catalogue) +
                  " items ranked for each of " + grouped(protocol.users) + " users with a history; " +
                  grouped(protocol.targets) + " targets, " + grouped(protocol.new_item_targets) +
                  " of items without a training event, " + grouped(protocol.repeated_targets) +
                  " left out since they were seen before; " + grouped(protocol.new_users) +
                  " users without a history apart. Seed " + std::to_string(request.seed) + ".");
  for (const ComparedModel& model : comparison.models) {
    if (model.evaluation.protocol.query_time != "known") continue;
    notes.push_back(model.name + " knew when the event to be predicted came: compare it only with models that did.");
  }
  const std::size_t pairs = comparison.significance.differences.size();
  notes.push_back("Intervals and p-values: paired bootstrap over users, " + grouped(request.bootstrap.resamples) +
                  " resamples" +
                  (pairs > 1 ? "; Holm's correction over all " + grouped(pairs) + " pairs." : std::string(".")));
  notes.push_back(
      "Fit and ranking run in processes of their own; peak MB is the most memory that the process had, with program, "
      "libraries and the pages of mapped files that it touched. Ranking includes the metrics.");
  return notes;
}

}  // namespace attune
