#include "evaluation/slices.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <utility>

namespace attune {
namespace {

// Users of at least so many events, until the next.
constexpr std::array<std::size_t, 7> kActivity = {1, 5, 10, 20, 50, 100, 200};
enum Popularity : std::int64_t { kHead, kMiddle, kTail, kNew };

std::int64_t activity_of(std::size_t events) {
  return std::ranges::upper_bound(kActivity, events) - kActivity.begin() - 1;
}

std::string activity_name(std::int64_t key) {
  const auto band = static_cast<std::size_t>(key);
  const std::string from = std::to_string(kActivity[band]);
  return band + 1 == kActivity.size() ? from + " or more events"
                                      : from + "-" + std::to_string(kActivity[band + 1] - 1) + " events";
}

std::chrono::year_month_day date_of(Timestamp time) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{
      std::chrono::microseconds(static_cast<std::int64_t>(time))};
  return std::chrono::floor<std::chrono::days>(instant);
}

// Months since year 0.
std::int64_t month_of(Timestamp time) {
  const auto date = date_of(time);
  return static_cast<std::int64_t>(static_cast<int>(date.year())) * 12 +
         static_cast<std::int64_t>(static_cast<unsigned>(date.month())) - 1;
}

std::string year_name(std::int64_t year) { return std::to_string(year); }

std::string month_name(std::int64_t key) {
  const std::string month = std::to_string(key % 12 + 1);
  return std::to_string(key / 12) + (month.size() == 1 ? "-0" : "-") + month;
}

template <class Name, class ByKey>
void append(const char* by, const Name& name, const ByKey& sums, std::vector<Slice>& slices) {
  for (const auto& [key, sum] : sums) {
    Slice slice{by, name(key), sum.users, sum.targets, {}};
    for (std::size_t f = 0; f < kMetricFields.size(); ++f) {
      slice.metrics[metric_key(kMetricFields[f].name, kCutoffs[kAt10])] = sum.at_10[f] / static_cast<double>(sum.users);
    }
    slices.push_back(std::move(slice));
  }
}

}  // namespace

void SliceTally::Sums::add(const UserMetrics& metrics, std::size_t targets_of_user) {
  ++users;
  targets += targets_of_user;
  for (std::size_t f = 0; f < kMetricFields.size(); ++f) at_10[f] += (metrics.*kMetricFields[f].values)[kAt10];
}

SliceTally::SliceTally(std::span<const std::uint32_t> training_counts, bool has_times)
    : counts_(training_counts.begin(), training_counts.end()), has_times_(has_times) {
  std::vector<std::uint32_t> descending = counts_;
  std::sort(descending.begin(), descending.end(), std::greater<>());
  const double events = std::accumulate(descending.begin(), descending.end(), 0.0);
  double before = 0;
  for (const std::uint32_t count : descending) {
    if (before < events / 3) head_from_ = count;
    if (before < events * 2 / 3) middle_from_ = count;
    before += count;
  }
}

std::int64_t SliceTally::popularity_of(ItemIndex item) const {
  const std::uint32_t count = item == kNoItem ? 0 : counts_[to_size(item)];
  if (count == 0) return kNew;
  return count >= head_from_ ? kHead : count >= middle_from_ ? kMiddle : kTail;
}

std::string SliceTally::popularity_name(std::int64_t key) const {
  if (key == kNew) return "new: no training event";
  if (key == kHead) return "head: " + std::to_string(head_from_) + " or more events";
  const std::string below = std::to_string((key == kMiddle ? head_from_ : middle_from_) - 1);
  return key == kMiddle ? "middle: " + std::to_string(middle_from_) + "-" + below + " events"
                        : "tail: 1-" + below + " events";
}

void SliceTally::add_targets(const RankedUser& user, std::span<const std::int64_t> keys, ByKey& sums) const {
  std::map<std::int64_t, std::vector<std::uint32_t>> ranks;
  for (std::size_t t = 0; t < keys.size(); ++t) ranks[keys[t]].push_back(user.ranks[t]);
  for (const auto& [key, of_slice] : ranks) {
    sums[key].add(ranks.size() == 1 ? user.metrics : user_metrics(of_slice), of_slice.size());
  }
}

void SliceTally::add(const RankedUser& user) {
  activity_[activity_of(user.history)].add(user.metrics, user.targets.size());
  std::vector<std::int64_t> keys(user.targets.size());
  std::ranges::transform(user.targets, keys.begin(), [&](const Target& t) { return popularity_of(t.item); });
  add_targets(user, keys, popularity_);
  if (!has_times_) return;
  std::ranges::transform(user.targets, keys.begin(), [](const Target& t) { return month_of(t.time); });
  add_targets(user, keys, months_);
  std::ranges::transform(user.targets, keys.begin(),
                         [](const Target& t) { return static_cast<int>(date_of(t.time).year()); });
  add_targets(user, keys, years_);
}

std::vector<Slice> SliceTally::slices() const {
  std::vector<Slice> found;
  append("activity", activity_name, activity_, found);
  append("popularity", [this](std::int64_t key) { return popularity_name(key); }, popularity_, found);
  if (months_.size() <= kMonthsMax) {
    append("time", month_name, months_, found);
  } else {
    append("time", year_name, years_, found);
  }
  return found;
}

}  // namespace attune
