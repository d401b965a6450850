#include <nlohmann/json.hpp>

#include "base/error.h"
#include "evaluation/report.h"

namespace attune {
namespace {

using Json = nlohmann::json;

std::map<std::string, double> metrics_of(const Json& document, const char* key) {
  std::map<std::string, double> metrics;
  const auto found = document.find(key);
  if (found == document.end()) return metrics;
  for (const auto& [name, value] : found->items()) metrics[name] = value.get<double>();
  return metrics;
}

Protocol protocol_of(const Json& json) {
  Protocol protocol;
  json.at("split").get_to(protocol.split);
  json.at("part").get_to(protocol.part);
  json.at("seen").get_to(protocol.seen);
  protocol.query_time = json.value("query_time", "ignored");  // absent from what was written before there was a choice
  json.at("catalogue").get_to(protocol.catalogue);
  json.at("users").get_to(protocol.users);
  json.at("new_users").get_to(protocol.new_users);
  json.at("targets").get_to(protocol.targets);
  json.at("unreachable_targets").get_to(protocol.unreachable_targets);
  json.at("repeated_targets").get_to(protocol.repeated_targets);
  json.at("new_item_targets").get_to(protocol.new_item_targets);
  json.at("tied_targets").get_to(protocol.tied_targets);
  json.at("genres").get_to(protocol.genres);
  return protocol;
}

std::vector<Slice> slices_of(const Json& document) {
  std::vector<Slice> slices;
  for (const Json& json : document.value("slices", Json::array())) {
    slices.push_back(
        {json.at("by"), json.at("slice"), json.at("users"), json.at("targets"), metrics_of(json, "metrics")});
  }
  return slices;
}

}  // namespace

Evaluation evaluation_from_json(std::string_view json, std::string_view where) {
  try {
    const Json document = Json::parse(json);
    Evaluation evaluation;
    evaluation.protocol = protocol_of(document.at("protocol"));
    evaluation.metrics = metrics_of(document, "metrics");
    evaluation.new_user_metrics = metrics_of(document, "new_user_metrics");
    evaluation.expected_metrics = metrics_of(document, "expected_metrics");
    evaluation.slices = slices_of(document);
    evaluation.seconds = document.at("seconds").get<double>();
    return evaluation;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kCorrupt, where, ": is not an evaluation that `evaluate --json` printed: ", error.what());
  }
}

}  // namespace attune
