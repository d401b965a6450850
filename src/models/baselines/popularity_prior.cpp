#include "models/baselines/popularity_prior.h"

#include <cmath>
#include <string>

namespace attune {
namespace {

const std::string kLogCounts = "log_counts";
constexpr float kLogCountMax = 32;

}  // namespace

std::vector<float> log_counts(const TrainingEvents& events) {
  std::vector<float> logs;
  logs.reserve(events.counts().size());
  for (const std::uint32_t count : events.counts()) logs.push_back(static_cast<float>(std::log1p(count)));
  return logs;
}

void save_log_counts(ModelWriter& writer, std::span<const float> logs) { writer.add(kLogCounts, {logs.size()}, logs); }

std::span<const float> load_log_counts(const ModelReader& reader) {
  const auto logs = reader.values<float>(kLogCounts, 1);
  if (logs.size() != reader.items()) {
    reader.refuse(kLogCounts,
                  "has " + std::to_string(logs.size()) + " values for " + std::to_string(reader.items()) + " items");
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (!(logs[i] >= 0 && logs[i] <= kLogCountMax)) {
      reader.refuse(kLogCounts, "value " + std::to_string(i) + " is no logarithm of a count");
    }
  }
  return logs;
}

void refuse_larger(const ModelReader& reader, const std::string& name, std::span<const float> values, float max) {
  for (const float value : values) {
    if (!(std::abs(value) <= max)) {
      reader.refuse(name, "a value is " + std::to_string(value) + ", larger than any can be");
    }
  }
}

}  // namespace attune
