#include "evaluation/metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace attune {
namespace {

// Discounts of the ranks 1 .. kRankMax, and the largest gains of so many targets.
struct Gains {
  std::array<double, kRankMax + 1> discount{}, largest{};

  Gains() {
    for (std::size_t rank = 1; rank <= kRankMax; ++rank) {
      discount[rank] = 1 / std::log2(1 + static_cast<double>(rank));
      largest[rank] = largest[rank - 1] + discount[rank];
    }
  }
};

const Gains& gains() {
  static const Gains made;
  return made;
}

// The metrics at kCutoffs[c]; `ranks` ascending.
void set_metrics(std::span<const std::uint32_t> ranks, std::size_t c, UserMetrics& metrics) {
  const std::size_t k = kCutoffs[c], reachable = std::min(k, ranks.size());
  std::size_t hits = 0;
  double gain = 0, precision_sum = 0;
  while (hits < ranks.size() && ranks[hits] <= k) {
    gain += rank_discount(ranks[hits]);
    ++hits;
    precision_sum += static_cast<double>(hits) / ranks[hits - 1];
  }
  metrics.hit_rate[c] = hits > 0 ? 1 : 0;
  metrics.recall[c] = static_cast<double>(hits) / static_cast<double>(ranks.size());
  metrics.precision[c] = static_cast<double>(hits) / static_cast<double>(k);
  metrics.ndcg[c] = gain / largest_gain(reachable);
  metrics.mrr[c] = hits > 0 ? 1.0 / ranks.front() : 0;
  metrics.map[c] = precision_sum / static_cast<double>(reachable);
}

}  // namespace

double rank_discount(std::size_t rank) { return gains().discount[rank]; }

double largest_gain(std::size_t targets) { return gains().largest[targets]; }

UserMetrics user_metrics(std::span<const std::uint32_t> ranks) {
  ATTUNE_CHECK(!ranks.empty());
  std::vector<std::uint32_t> ascending(ranks.begin(), ranks.end());
  std::sort(ascending.begin(), ascending.end());
  ATTUNE_CHECK(ascending.front() >= 1);
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    ATTUNE_CHECK(ascending[i] != ascending[i - 1] || ascending[i] == kNoRank);
  }
  UserMetrics metrics;
  for (std::size_t c = 0; c < kCutoffs.size(); ++c) set_metrics(ascending, c, metrics);
  return metrics;
}

std::string metric_key(const char* name, std::size_t cutoff) {
  return std::string(name) + '@' + std::to_string(cutoff);
}

}  // namespace attune
