#include "evaluation/tied_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace attune {
namespace {

void expect_near(const UserMetrics& found, const UserMetrics& expected, double tolerance) {
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
      EXPECT_NEAR((found.*field.values)[c], (expected.*field.values)[c], tolerance) << field.name << kCutoffs[c];
    }
  }
}

// The places of `targets` among items of these scores, counted one by one.
std::vector<TiedPlace> places_of(const std::vector<int>& scores, const std::vector<std::size_t>& targets) {
  std::vector<TiedPlace> places;
  for (const std::size_t target : targets) {
    TiedPlace place;
    for (const int score : scores) {
      place.better += score > scores[target] ? 1 : 0;
      place.equal += score == scores[target] ? 1 : 0;
    }
    places.push_back(place);
  }
  return places;
}

void accumulate(const UserMetrics& metrics, UserMetrics& sums) {
  for (const MetricField& field : kMetricFields) {
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) (sums.*field.values)[c] += (metrics.*field.values)[c];
  }
}

// The mean over all orders of the items that keep larger scores in front.
UserMetrics mean_over_orders(const std::vector<int>& scores, const std::vector<std::size_t>& targets,
                             std::size_t unranked) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  UserMetrics sums;
  std::size_t orders = 0;
  do {
    if (!std::is_sorted(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; })) continue;
    std::vector<std::uint32_t> ranks(unranked, kNoRank);
    for (const std::size_t target : targets) {
      ranks.push_back(static_cast<std::uint32_t>(std::ranges::find(order, target) - order.begin()) + 1);
    }
    accumulate(user_metrics(ranks), sums);
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (const MetricField& field : kMetricFields) {
    for (double& sum : sums.*field.values) sum /= static_cast<double>(orders);
  }
  return sums;
}

TEST(ExpectedMetrics, AreTheMeanOverAllOrdersOfTheTies) {
  Rng rng(5);
  for (int round = 0; round < 12; ++round) {
    std::vector<int> scores(8);
    for (int& score : scores) score = static_cast<int>(rng.below(3));
    for (std::size_t count = 1; count <= 5; ++count) {
      std::vector<std::size_t> targets(count);
      for (std::size_t t = 0; t < count; ++t) targets[t] = (t * 3 + static_cast<std::size_t>(round)) % 8;
      std::vector<TiedPlace> places = places_of(scores, targets);
      expect_near(expected_metrics(places), mean_over_orders(scores, targets, 0), 1e-12);
      places.push_back({});
      expect_near(expected_metrics(places), mean_over_orders(scores, targets, 1), 1e-12);
    }
  }
}

TEST(ExpectedMetrics, AreThoseOfTheRanksWhereNothingIsTied) {
  const std::vector<std::uint32_t> ranks = {3, 7, 19, 50, kNoRank};
  std::vector<TiedPlace> places;
  for (const std::uint32_t rank : ranks) places.push_back(rank == kNoRank ? TiedPlace{} : TiedPlace{rank - 1, 1});
  expect_near(expected_metrics(places), user_metrics(ranks), 1e-15);
}

// One target in a tie of 100 behind 8 items: a place among the first 10 with probability 2 / 100.
TEST(ExpectedMetrics, CountThePartOfATieThatTheCutoffTakes) {
  const UserMetrics found = expected_metrics(std::vector<TiedPlace>{{8, 100}});
  EXPECT_EQ(found.hit_rate[0], 0);
  EXPECT_NEAR(found.hit_rate[kAt10], 0.02, 1e-15);
  EXPECT_NEAR(found.precision[kAt10], 0.002, 1e-15);
  EXPECT_NEAR(found.mrr[kAt10], 0.01 / 9 + 0.01 / 10, 1e-15);
  EXPECT_NEAR(found.hit_rate[3], 0.42, 1e-12);
}

// Two targets in a tie of 4 at the front, cut after 5: both are in, the first one at place 1 with probability 1 / 2.
TEST(ExpectedMetrics, KnowThatTargetsShareATie) {
  const UserMetrics found = expected_metrics(std::vector<TiedPlace>{{0, 4}, {0, 4}});
  EXPECT_NEAR(found.hit_rate[0], 1, 1e-15);
  EXPECT_NEAR(found.mrr[0], 1.0 / 2 + 1.0 / 3 / 2 + 1.0 / 6 / 3, 1e-15);
}

}  // namespace
}  // namespace attune
