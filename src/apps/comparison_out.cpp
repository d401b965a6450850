#include "apps/comparison_out.h"

#include "apps/evaluation_out.h"
#include "apps/text_table.h"

namespace attune {
namespace {

std::string terminal_table(const ReportTable& table) {
  TextTable text;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    text.column(table.columns[c], c == 0 ? TextTable::Align::kLeft : TextTable::Align::kRight);
  }
  for (const auto& row : table.rows) text.row(row);
  return table.title + "\n" + text.text() + "\n";
}

std::string markdown_cell(const std::string& cell) {
  std::string out;
  for (const char c : cell) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string markdown_table(const ReportTable& table) {
  std::string text = "## " + table.title + "\n\n|", rule = "|";
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    text += " " + markdown_cell(table.columns[c]) + " |";
    rule += c == 0 ? "---|" : "---:|";
  }
  text += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    text += "|";
    for (const std::string& cell : row) text += " " + markdown_cell(cell) + " |";
    text += "\n";
  }
  return text + "\n";
}

std::string wrapped_notes(const Comparison& comparison, const ComparisonRequest& request) {
  std::string text;
  for (const std::string& note : comparison_notes(comparison, request)) {
    for (const std::string& line : wrapped(note, 100)) text += line + "\n";
  }
  return text;
}

// Those of the best model alone: pairs come in the order of the models.
ReportTable differences_from_the_best(const Comparison& comparison, const ComparisonRequest& request) {
  ReportTable table = difference_table(comparison, request);
  table.rows.resize(comparison.models.size() - 1);
  if (comparison.models.size() > 2) table.title += " between the best and the others";
  return table;
}

Json interval_json(const Interval& interval) { return Json::array().push(interval.low).push(interval.high); }

Json model_json(const ComparedModel& model, const Interval& interval) {
  Json validations = Json::array();
  for (const auto& [seconds, ndcg] : model.validations) {
    validations.push(Json::object().set("seconds", seconds).set("ndcg@10", ndcg));
  }
  return Json::object()
      .set("model", model.name)
      .set("config", Json::parse(model.config))
      .set("interval", interval_json(interval))
      .set("train_seconds", model.train_seconds)
      .set("train_peak_memory_mb", model.train_peak_mb)
      .set("score_seconds", model.score_seconds)
      .set("score_peak_memory_mb", model.score_peak_mb)
      .set("validations", validations)
      .merge(evaluation_document(model.evaluation));
}

}  // namespace

std::string comparison_text(const Comparison& comparison, const ComparisonRequest& request) {
  std::string text = terminal_table(quality_table(comparison, request)) + terminal_table(list_table(comparison)) +
                     terminal_table(cost_table(comparison));
  const ReportTable expected = expected_table(comparison);
  if (!expected.rows.empty()) text += terminal_table(expected);
  if (comparison.models.size() > 1) text += terminal_table(differences_from_the_best(comparison, request));
  return text + wrapped_notes(comparison, request);
}

std::string comparison_markdown(const Comparison& comparison, const ComparisonRequest& request,
                                const ComparisonTitle& title) {
  std::string text = "# Models on " + title.dataset + "\n\n" + title.machine + ", " + title.date + ".\n\n";
  for (const std::string& note : comparison_notes(comparison, request)) text += note + "\n\n";
  text += markdown_table(quality_table(comparison, request)) + markdown_table(list_table(comparison)) +
          markdown_table(cost_table(comparison));
  const ReportTable expected = expected_table(comparison);
  if (!expected.rows.empty()) text += markdown_table(expected);
  if (comparison.models.size() > 1) text += markdown_table(difference_table(comparison, request));
  text.pop_back();
  return text;
}

Json comparison_json(const Comparison& comparison, const ComparisonRequest& request, const ComparisonTitle& title) {
  Json models = Json::array(), differences = Json::array();
  for (std::size_t m = 0; m < comparison.models.size(); ++m) {
    models.push(model_json(comparison.models[m], comparison.significance.intervals[m]));
  }
  for (const Difference& d : comparison.significance.differences) {
    differences.push(Json::object()
                         .set("a", comparison.models[d.a].name)
                         .set("b", comparison.models[d.b].name)
                         .set("difference", d.mean)
                         .set("interval", interval_json(d.interval))
                         .set("p", d.p)
                         .set("p_holm", d.p_holm));
  }
  return Json::object()
      .set("dataset", title.dataset)
      .set("machine", title.machine)
      .set("date", title.date)
      .set("seed", request.seed)
      .set("metric", request.metric)
      .set("resamples", request.bootstrap.resamples)
      .set("models", models)
      .set("differences", differences);
}

}  // namespace attune
