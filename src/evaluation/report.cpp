#include "evaluation/report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/check.h"

namespace attune {
namespace {

using Json = nlohmann::ordered_json;
using Metrics = std::map<std::string, double>;

constexpr std::size_t kNameWidth = 14;
constexpr std::size_t kValueWidth = 9;
constexpr std::size_t kSliceWidth = 36;

std::string fixed(double value, int decimals) {
  std::array<char, 400> text;  // the largest double has 309 digits before its point
  const auto [end, failure] = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed, decimals);
  ATTUNE_CHECK(failure == std::errc());
  return {text.begin(), end};
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string counted(std::size_t number, const std::string& noun) {
  return grouped(number) + ' ' + noun + (number == 1 ? "" : "s");
}

// The metric, or a dash where it is missing.
std::string value(const Metrics& metrics, const std::string& key, int decimals) {
  const auto found = metrics.find(key);
  return found == metrics.end() ? "-" : fixed(found->second, decimals);
}

std::string metrics_table(const Metrics& metrics) {
  std::string text(kNameWidth, ' ');
  for (const std::size_t cutoff : kCutoffs) text += right('@' + std::to_string(cutoff), kValueWidth);
  text += '\n';
  for (const MetricField& field : kMetricFields) {
    text += left(field.name, kNameWidth);
    for (const std::size_t cutoff : kCutoffs) {
      text += right(value(metrics, metric_key(field.name, cutoff), 4), kValueWidth);
    }
    text += '\n';
  }
  const std::string before_at_10(kValueWidth, ' ');
  text += left("coverage", kNameWidth) + before_at_10 + right(value(metrics, "coverage@10", 4), kValueWidth) + '\n';
  text += left("novelty", kNameWidth) + before_at_10 + right(value(metrics, "novelty@10", 2), kValueWidth) + " bits\n";
  for (const char* name : {"gini", "diversity", "miscalibration"}) {
    const std::string key = metric_key(name, 10);
    if (!metrics.contains(key)) continue;
    text += left(name, kNameWidth) + before_at_10 + right(value(metrics, key, 4), kValueWidth) + '\n';
  }
  return text;
}

// The ranking metrics alone.
std::string expected_table(const Metrics& metrics) {
  std::string text = metrics_table(metrics);
  return text.substr(0, text.find("coverage"));
}

std::string protocol_lines(const Evaluation& evaluation) {
  const Protocol& protocol = evaluation.protocol;
  std::string text = protocol.split.empty() ? "" : "split " + protocol.split + ", ";
  text += protocol.part + " part, seen items " + (protocol.seen == "keep" ? "kept" : "excluded") + "; " +
          counted(protocol.catalogue, "item") + " ranked for each user\n";
  text += counted(protocol.users, "user") + " with a history, " + counted(protocol.targets, "target");
  if (protocol.new_users > 0) text += "; " + counted(protocol.new_users, "new user") + " apart";
  text += "; " + fixed(evaluation.seconds, 2) + " s\n";
  if (protocol.query_time == "known") {
    text += "The model knew when the event to be predicted came: compare it only with models that did.\n";
  }
  if (protocol.unreachable_targets > 0) {
    text += counted(protocol.unreachable_targets, "target") + " that the model does not know: counted as missed\n";
  }
  if (protocol.new_item_targets > protocol.unreachable_targets) {
    text += counted(protocol.new_item_targets, "target") + " of items without a training event\n";
  }
  if (protocol.repeated_targets > 0) {
    text += counted(protocol.repeated_targets, "target") + " seen before: left out\n";
  }
  return text;
}

Json protocol_json(const Protocol& protocol) {
  return {{"split", protocol.split},
          {"part", protocol.part},
          {"seen", protocol.seen},
          {"query_time", protocol.query_time},
          {"catalogue", protocol.catalogue},
          {"users", protocol.users},
          {"new_users", protocol.new_users},
          {"targets", protocol.targets},
          {"unreachable_targets", protocol.unreachable_targets},
          {"repeated_targets", protocol.repeated_targets},
          {"new_item_targets", protocol.new_item_targets},
          {"tied_targets", protocol.tied_targets},
          {"genres", protocol.genres}};
}

Json metrics_json(const Metrics& metrics) {
  Json object = Json::object();
  for (const auto& [key, number] : metrics) object[key] = number;
  return object;
}

Json slices_json(const std::vector<Slice>& slices) {
  Json list = Json::array();
  for (const Slice& slice : slices) {
    list.push_back({{"by", slice.by},
                    {"slice", slice.name},
                    {"users", slice.users},
                    {"targets", slice.targets},
                    {"metrics", metrics_json(slice.metrics)}});
  }
  return list;
}

}  // namespace

std::string evaluation_table(const Evaluation& evaluation) {
  std::string text;
  if (!evaluation.metrics.empty()) {
    text += metrics_table(evaluation.metrics) + '\n';
  } else {
    text += "No user has both a history and a target in this part: there is nothing to average over.\n\n";
  }
  if (!evaluation.new_user_metrics.empty()) {
    text += "New users, without a history:\n" + metrics_table(evaluation.new_user_metrics) + '\n';
  }
  if (!evaluation.expected_metrics.empty()) {
    text += counted(evaluation.protocol.tied_targets, "target") + " in ties; expected if ties were broken by lot:\n" +
            expected_table(evaluation.expected_metrics) + '\n';
  }
  return text + protocol_lines(evaluation);
}

std::string slices_table(const Evaluation& evaluation) {
  std::string text, by;
  for (const Slice& slice : evaluation.slices) {
    if (slice.by != by) {
      by = slice.by;
      text += left((text.empty() ? "by " : "\nby ") + by, kSliceWidth + (text.empty() ? 0 : 1));
      for (const char* title : {"users", "targets", "NDCG@10", "recall@10", "HR@10"}) text += right(title, 11);
      text += '\n';
    }
    text += left("  " + slice.name, kSliceWidth) + right(grouped(slice.users), 11) + right(grouped(slice.targets), 11);
    for (const char* key : {"ndcg@10", "recall@10", "hit_rate@10"}) text += right(value(slice.metrics, key, 4), 11);
    text += '\n';
  }
  return text;
}

std::string evaluation_json(const Evaluation& evaluation) {
  Json document = {{"protocol", protocol_json(evaluation.protocol)}, {"metrics", metrics_json(evaluation.metrics)}};
  if (!evaluation.new_user_metrics.empty()) document["new_user_metrics"] = metrics_json(evaluation.new_user_metrics);
  if (!evaluation.expected_metrics.empty()) document["expected_metrics"] = metrics_json(evaluation.expected_metrics);
  if (!evaluation.slices.empty()) document["slices"] = slices_json(evaluation.slices);
  document["seconds"] = evaluation.seconds;
  return document.dump();
}

}  // namespace attune
