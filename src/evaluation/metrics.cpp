#include "evaluation/metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace attune {
namespace {

double discount(std::size_t rank) { return 1 / std::log2(1 + static_cast<double>(rank)); }

// The metrics at kCutoffs[c]; `ranks` ascending.
void set_metrics(std::span<const std::uint32_t> ranks, std::size_t c, UserMetrics& metrics) {
  const std::size_t k = kCutoffs[c], reachable = std::min(k, ranks.size());
  std::size_t hits = 0;
  double gain = 0, largest_gain = 0, precision_sum = 0;
  while (hits < ranks.size() && ranks[hits] <= k) {
    gain += discount(ranks[hits]);
    ++hits;
    precision_sum += static_cast<double>(hits) / ranks[hits - 1];
  }
  for (std::size_t rank = 1; rank <= reachable; ++rank) largest_gain += discount(rank);
  metrics.hit_rate[c] = hits > 0 ? 1 : 0;
  metrics.recall[c] = static_cast<double>(hits) / static_cast<double>(ranks.size());
  metrics.precision[c] = static_cast<double>(hits) / static_cast<double>(k);
  metrics.ndcg[c] = gain / largest_gain;
  metrics.mrr[c] = hits > 0 ? 1.0 / ranks.front() : 0;
  metrics.map[c] = precision_sum / static_cast<double>(reachable);
}

}  // namespace

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
