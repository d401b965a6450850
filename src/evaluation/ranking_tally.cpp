#include "evaluation/ranking_tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace attune {

RankingTally::RankingTally(std::span<const std::uint32_t> training_counts)
    : training_counts_(training_counts),
      events_(std::accumulate(training_counts.begin(), training_counts.end(), 0.0)),
      covered_(training_counts.size(), false) {}

void RankingTally::add(const RankedUser& user) {
  ++users_;
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) (sums_.*field.values)[c] += (user.metrics.*field.values)[c];
  }
  for (const ItemIndex item : std::span(user.best).first(user.listed)) {
    covered_[to_size(item)] = true;
    information_sum_ += information(item);
  }
  listed_ += user.listed;
}

// In bits. Without a training event the share would be 0; the smoothed one keeps the mean finite and such items the
// most novel of all.
double RankingTally::information(ItemIndex item) const {
  const std::uint32_t count = training_counts_[to_size(item)];
  if (count > 0) return -std::log2(count / events_);
  return std::log2(events_ + static_cast<double>(training_counts_.size()));
}

std::map<std::string, double> RankingTally::metrics() const {
  std::map<std::string, double> means;
  if (users_ == 0) return means;
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
      means[metric_key(field.name, kCutoffs[c])] = (sums_.*field.values)[c] / static_cast<double>(users_);
    }
  }
  const auto covered = static_cast<double>(std::count(covered_.begin(), covered_.end(), true));
  means["coverage@10"] = covered_.empty() ? 0 : covered / static_cast<double>(covered_.size());
  means["novelty@10"] = listed_ == 0 ? 0 : information_sum_ / static_cast<double>(listed_);
  return means;
}

}  // namespace attune
