#include "evaluation/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace attune {
namespace {

using Ranks = std::vector<std::uint32_t>;
using AtCutoffs = std::array<double, 4>;

double gain(double rank) { return 1 / std::log2(1 + rank); }

void expect_near(const AtCutoffs& found, const AtCutoffs& expected) {
  for (std::size_t c = 0; c < kCutoffs.size(); ++c) EXPECT_NEAR(found[c], expected[c], 1e-15) << "@" << kCutoffs[c];
}

TEST(Metrics, OfOneTargetAreThoseOfThePapers) {
  for (std::uint32_t rank = 1; rank <= 60; ++rank) {
    const UserMetrics metrics = user_metrics(Ranks{rank});
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
      const double hit = rank <= kCutoffs[c] ? 1 : 0;
      EXPECT_EQ(metrics.hit_rate[c], hit);
      EXPECT_EQ(metrics.recall[c], hit);
      EXPECT_DOUBLE_EQ(metrics.precision[c], hit / static_cast<double>(kCutoffs[c]));
      EXPECT_DOUBLE_EQ(metrics.ndcg[c], hit / std::log2(1.0 + rank));
      EXPECT_DOUBLE_EQ(metrics.mrr[c], hit / rank);
      EXPECT_DOUBLE_EQ(metrics.map[c], hit / rank);
    }
  }
}

// Targets at ranks 2, 5 and 12, in another order, and one that cannot be reached.
TEST(Metrics, OfSeveralTargetsByHand) {
  const UserMetrics metrics = user_metrics(Ranks{12, 2, kNoRank, 5});
  expect_near(metrics.hit_rate, {1, 1, 1, 1});
  expect_near(metrics.recall, {0.5, 0.5, 0.75, 0.75});
  expect_near(metrics.precision, {2.0 / 5, 2.0 / 10, 3.0 / 20, 3.0 / 50});
  expect_near(metrics.mrr, {0.5, 0.5, 0.5, 0.5});
  const double ideal = gain(1) + gain(2) + gain(3) + gain(4), two = gain(2) + gain(5), three = two + gain(12);
  expect_near(metrics.ndcg, {two / ideal, two / ideal, three / ideal, three / ideal});
  const double two_hits = (1.0 / 2 + 2.0 / 5) / 4, three_hits = (1.0 / 2 + 2.0 / 5 + 3.0 / 12) / 4;
  expect_near(metrics.map, {two_hits, two_hits, three_hits, three_hits});
}

TEST(Metrics, AreMeasuredAgainstWhatACutoffCanHold) {
  Ranks ranks;
  for (std::uint32_t rank = 1; rank <= 30; ++rank) ranks.push_back(rank);
  const UserMetrics metrics = user_metrics(ranks);
  expect_near(metrics.ndcg, {1, 1, 1, 1});
  expect_near(metrics.map, {1, 1, 1, 1});
  expect_near(metrics.recall, {5.0 / 30, 10.0 / 30, 20.0 / 30, 1});
  expect_near(metrics.precision, {1, 1, 1, 30.0 / 50});
}

TEST(Metrics, CountARankAtTheCutoffAndNotOneBeyond) {
  EXPECT_EQ(user_metrics(Ranks{5}).hit_rate, (AtCutoffs{1, 1, 1, 1}));
  EXPECT_EQ(user_metrics(Ranks{6}).hit_rate, (AtCutoffs{0, 1, 1, 1}));
  EXPECT_EQ(user_metrics(Ranks{50}).hit_rate, (AtCutoffs{0, 0, 0, 1}));
  EXPECT_EQ(user_metrics(Ranks{51}).hit_rate, (AtCutoffs{0, 0, 0, 0}));
}

TEST(Metrics, OfUnreachableTargetsAreZero) {
  const UserMetrics metrics = user_metrics(Ranks{kNoRank, kNoRank});
  for (const MetricField& field : kMetricFields) EXPECT_EQ(metrics.*field.values, AtCutoffs{}) << field.name;
}

Ranks random_ranks(Rng& rng) {
  Ranks ranks;
  for (std::uint32_t rank = 1; rank <= 80; ++rank) {
    if (rng.below(12) == 0) ranks.push_back(rank);
  }
  const std::size_t missed = rng.below(4) + (ranks.empty() ? 1 : 0);
  ranks.insert(ranks.end(), missed, kNoRank);
  return ranks;
}

TEST(Metrics, LieBetweenZeroAndOneAndGrowWithTheCutoffWhereTheyMust) {
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    const UserMetrics metrics = user_metrics(random_ranks(rng));
    for (const MetricField& field : kMetricFields) {
      for (const double value : metrics.*field.values) {
        EXPECT_GE(value, 0) << field.name;
        EXPECT_LE(value, 1) << field.name;
      }
    }
    for (const auto& growing : {metrics.hit_rate, metrics.recall, metrics.mrr}) {
      EXPECT_TRUE(std::is_sorted(growing.begin(), growing.end()));
    }
    for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
      EXPECT_LE(metrics.recall[c], metrics.hit_rate[c]);
      EXPECT_LE(metrics.mrr[c], metrics.hit_rate[c]);
    }
  }
}

TEST(Metrics, AreBetterForABetterRank) {
  Rng rng(6);
  for (int round = 0; round < 500; ++round) {
    Ranks ranks = random_ranks(rng);
    std::vector<bool> taken(82, false);
    for (const std::uint32_t rank : ranks) {
      if (rank != kNoRank) taken[rank] = true;
    }
    std::uint32_t& moved = ranks[rng.below(ranks.size())];
    const auto free = static_cast<std::uint32_t>(1 + rng.below(80));
    if (taken[free] || free > moved) continue;
    const UserMetrics before = user_metrics(ranks);
    moved = free;
    const UserMetrics after = user_metrics(ranks);
    for (const MetricField& field : kMetricFields) {
      for (std::size_t c = 0; c < kCutoffs.size(); ++c) {
        EXPECT_GE((after.*field.values)[c], (before.*field.values)[c] - 1e-15) << field.name;
      }
    }
  }
}

TEST(Metrics, AreKeyedByNameAndCutoff) { EXPECT_EQ(metric_key("ndcg", 10), "ndcg@10"); }

TEST(MetricsDeathTest, StopOnRanksThatCannotBe) {
  EXPECT_DEATH(user_metrics({}), "empty");
  EXPECT_DEATH(user_metrics(Ranks{0}), ">= 1");
  EXPECT_DEATH(user_metrics(Ranks{3, 3}), "kNoRank");
}

}  // namespace
}  // namespace attune
