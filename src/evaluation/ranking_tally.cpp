#include "evaluation/ranking_tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace attune {
namespace {

void add_to(UserMetrics& sums, const UserMetrics& metrics) {
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) (sums.*field.values)[c] += (metrics.*field.values)[c];
  }
}

std::map<std::string, double> means(const UserMetrics& sums, std::size_t users) {
  std::map<std::string, double> found;
  if (users == 0) return found;
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
      found[metric_key(field.name, kCutoffs[c])] = (sums.*field.values)[c] / static_cast<double>(users);
    }
  }
  return found;
}

}  // namespace

RankingTally::RankingTally(std::span<const std::uint32_t> training_counts)
    : training_counts_(training_counts),
      events_(std::accumulate(training_counts.begin(), training_counts.end(), 0.0)),
      shown_(training_counts.size(), 0) {}

void RankingTally::add(const RankedUser& user) {
  ++users_;
  add_to(sums_, user.metrics);
  const auto tied = static_cast<std::size_t>(std::ranges::count_if(user.places, &TiedPlace::tied));
  tied_targets_ += tied;
  add_to(expected_sums_, tied == 0 ? user.metrics : expected_metrics(user.places));
  for (const ItemIndex item : user.list()) {
    ++shown_[to_size(item)];
    information_.add(information(item));
  }
  diversity_.add(user.diversity);
  miscalibration_.add(user.miscalibration);
}

// In bits. Without a training event the share would be 0; the smoothed one keeps the mean finite and such items the
// most novel of all.
double RankingTally::information(ItemIndex item) const {
  const std::uint32_t count = training_counts_[to_size(item)];
  if (count > 0) return -std::log2(count / events_);
  return std::log2(events_ + static_cast<double>(training_counts_.size()));
}

// Of how often items are shown: 0 when all are alike, near 1 when few take all places.
double RankingTally::gini() const {
  std::vector<std::uint32_t> counts = shown_;
  std::sort(counts.begin(), counts.end());
  const auto items = static_cast<double>(counts.size());
  double weighted = 0, total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    weighted += (2 * static_cast<double>(i + 1) - items - 1) * counts[i];
    total += counts[i];
  }
  return total == 0 ? 0 : weighted / (items * total);
}

std::map<std::string, double> RankingTally::metrics() const {
  std::map<std::string, double> found = means(sums_, users_);
  if (found.empty()) return found;
  const auto covered = static_cast<double>(shown_.size()) - static_cast<double>(std::ranges::count(shown_, 0U));
  found["coverage@10"] = shown_.empty() ? 0 : covered / static_cast<double>(shown_.size());
  found["novelty@10"] = information_.mean();
  found["gini@10"] = gini();
  if (diversity_.count > 0) found["diversity@10"] = diversity_.mean();
  if (miscalibration_.count > 0) found["miscalibration@10"] = miscalibration_.mean();
  return found;
}

std::map<std::string, double> RankingTally::expected() const { return means(expected_sums_, users_); }

}  // namespace attune
