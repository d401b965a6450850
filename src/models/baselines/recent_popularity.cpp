#include "models/baselines/recent_popularity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "models/baselines/popularity.h"

namespace attune {
namespace {

constexpr double kMicrosecondsADay = 86400e6;

void check_half_life(std::string_view field, double value) {
  if (value >= 0 && value <= 1e9) return;
  throw Error(ErrorKind::kUsage, field, " is ", value, "; expected a number from 0 to 1e9.");
}

Timestamp newest(const TrainingEvents& events) {
  auto newest = Timestamp{std::numeric_limits<std::int64_t>::min()};
  for (std::size_t u = 0; u < events.users(); ++u) {
    const History history = events.history(static_cast<UserIndex>(u));
    if (!history.times.empty()) newest = std::max(newest, history.times.back());
  }
  return newest;
}

// What remains of an event after this many half-lives.
double decayed(double age, double half_life) { return half_life > 0 ? std::exp2(-age / half_life) : 1; }

}  // namespace

std::vector<SearchRange> RecentPopularityConfig::search_ranges() {
  return {SearchRange::log("half_life", 1, 1000), SearchRange::log("half_life_events", 1, 1000)};
}

void RecentPopularityConfig::validate() const {
  check_half_life("half_life", half_life);
  check_half_life("half_life_events", half_life_events);
}

std::unique_ptr<Recommender> fit_recent_popularity(const TrainingEvents& events, const RecentPopularityConfig& config,
                                                   FitContext&) {
  config.validate();
  const auto now = static_cast<double>(static_cast<std::int64_t>(newest(events)));
  std::vector<double> sums(events.items().size());
  for (std::size_t u = 0; u < events.users(); ++u) {
    const History history = events.history(static_cast<UserIndex>(u));
    for (std::size_t e = 0; e < history.size(); ++e) {
      const double weight =
          history.times.empty()
              ? decayed(static_cast<double>(history.size() - 1 - e), config.half_life_events)
              : decayed((now - static_cast<double>(static_cast<std::int64_t>(history.times[e]))) / kMicrosecondsADay,
                        config.half_life);
      sums[to_size(history.items[e])] += weight;
    }
  }
  std::vector<float> scores;
  for (const double sum : sums) scores.push_back(static_cast<float>(std::log1p(sum)));
  return popularity_of(std::move(scores));
}

std::unique_ptr<Recommender> load_recent_popularity(const ModelReader& reader, const RecentPopularityConfig&) {
  return load_popularity(reader, {});
}

}  // namespace attune
