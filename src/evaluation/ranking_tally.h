#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "evaluation/metrics.h"
#include "evaluation/ranked_user.h"

namespace attune {

// A mean over the values that are numbers.
struct MeanOfSome {
  double sum = 0;
  std::size_t count = 0;

  void add(double value) {
    if (value == value) sum += value, ++count;
  }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

// Sums users in the order in which they are added. Keeps a view on the counts. Not thread-safe.
class RankingTally {
 public:
  // Training events by item.
  explicit RankingTally(std::span<const std::uint32_t> training_counts);

  void add(const RankedUser& user);
  std::size_t users() const { return users_; }
  std::size_t tied_targets() const { return tied_targets_; }

  // Means over users, and coverage@10, novelty@10, gini@10 of all lists; diversity@10 and miscalibration@10 where a
  // list has genres. Empty when no user was added.
  std::map<std::string, double> metrics() const;

  // The expected metrics under ties; empty when no user was added.
  std::map<std::string, double> expected() const;

 private:
  double information(ItemIndex item) const;
  double gini() const;

  std::span<const std::uint32_t> training_counts_;
  double events_ = 0;
  std::size_t users_ = 0;
  std::size_t tied_targets_ = 0;
  UserMetrics sums_, expected_sums_;
  std::vector<std::uint32_t> shown_;  // by item: in how many lists
  MeanOfSome information_, diversity_, miscalibration_;
};

}  // namespace attune
