#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/history.h"
#include "evaluation/metrics.h"

namespace attune {

// What is kept of a user's ranking until it is summed.
struct RankedUser {
  static constexpr std::size_t kListed = 10;

  UserMetrics metrics;
  std::array<ItemIndex, kListed> best;  // the top-10 list; fewer where the catalogue ends
  std::size_t listed = 0;
};

// Sums users in the order in which they are added. Keeps a view on the counts. Not thread-safe.
class RankingTally {
 public:
  // Training events by item.
  explicit RankingTally(std::span<const std::uint32_t> training_counts);

  void add(const RankedUser& user);
  std::size_t users() const { return users_; }

  // Means over users, coverage@10 and novelty@10; empty when no user was added.
  std::map<std::string, double> metrics() const;

 private:
  double information(ItemIndex item) const;

  std::span<const std::uint32_t> training_counts_;
  double events_ = 0;
  std::size_t users_ = 0;
  UserMetrics sums_;
  std::vector<bool> covered_;  // by item
  double information_sum_ = 0;
  std::size_t listed_ = 0;
};

}  // namespace attune
