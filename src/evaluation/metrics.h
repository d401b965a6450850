#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace attune {

inline constexpr std::array<std::size_t, 4> kCutoffs = {5, 10, 20, 50};
inline constexpr std::size_t kRankMax = kCutoffs.back();  // no metric looks beyond it
inline constexpr std::size_t kAt10 = 1;                   // kCutoffs[kAt10] is 10, the cut-off of comparisons
static_assert(kCutoffs[kAt10] == 10);

// Ranking metrics of one user from the ranks of the user's targets (from 1; kNoRank for a target that cannot be
// reached). For one target they are those of the papers: hit rate@k = [rank <= k], NDCG@k = 1 / log2(1 + rank).
// docs/mathematics.md, equations 9 to 14. With T targets, of which n have a rank of at most k:
//
//   hit rate   1 if n > 0, else 0
//   recall     n / T
//   precision  n / k
//   NDCG       sum of 1 / log2(1 + rank) over the n, over its largest value, which min(k, T) targets in front give
//   MRR        1 / the best rank, or 0 if it is beyond k
//   MAP        sum over the n of (targets at or before the rank) / rank, over min(k, T)
inline constexpr std::uint32_t kNoRank = 0xFFFFFFFF;

struct UserMetrics {
  std::array<double, kCutoffs.size()> hit_rate{}, recall{}, precision{}, ndcg{}, mrr{}, map{};
};

// `ranks` in any order, not empty; two targets cannot share a rank.
UserMetrics user_metrics(std::span<const std::uint32_t> ranks);

// A metric's name and its place in UserMetrics: everything that walks the metrics walks this list.
struct MetricField {
  const char* name;
  std::array<double, kCutoffs.size()> UserMetrics::* values;
};

inline constexpr std::array<MetricField, 6> kMetricFields = {{{"hit_rate", &UserMetrics::hit_rate},
                                                              {"ndcg", &UserMetrics::ndcg},
                                                              {"recall", &UserMetrics::recall},
                                                              {"precision", &UserMetrics::precision},
                                                              {"mrr", &UserMetrics::mrr},
                                                              {"map", &UserMetrics::map}}};

// 1 / log2(1 + rank), and the sum of it over the first `targets` ranks; of at most kRankMax.
double rank_discount(std::size_t rank);
double largest_gain(std::size_t targets);

// "ndcg@10".
std::string metric_key(const char* name, std::size_t cutoff);

}  // namespace attune
