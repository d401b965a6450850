#include "models/baselines/fusion.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace attune {
namespace {

constexpr float kRankOffset = 60;  // of the paper

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread(std::span<const float> scores) {
  std::size_t count = 0;
  double sum = 0, squares = 0;
  for (const float score : scores) {
    if (!std::isfinite(score)) continue;
    ++count;
    sum += static_cast<double>(score);
  }
  if (count == 0) return {};
  const double mean = sum / static_cast<double>(count);
  for (const float score : scores) {
    if (std::isfinite(score)) squares += (static_cast<double>(score) - mean) * (static_cast<double>(score) - mean);
  }
  return {mean, std::sqrt(squares / static_cast<double>(count))};
}

// 1 / deviation; 0 for a spread that is rounding alone.
double factor(const Spread& of) { return of.deviation > 1e-7 * std::abs(of.mean) ? 1 / of.deviation : 0; }

void by_score(std::span<float> scores) {
  const Spread all = spread(scores);
  const double by = factor(all);
  float lowest = std::numeric_limits<float>::max();
  for (float& score : scores) {
    if (!std::isfinite(score)) continue;
    score = static_cast<float>((static_cast<double>(score) - all.mean) * by);
    lowest = std::min(lowest, score);
  }
  for (float& score : scores) {
    if (!std::isfinite(score)) score = lowest == std::numeric_limits<float>::max() ? 0 : lowest;
  }
}

void by_rank(std::span<float> scores) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  for (float& score : scores) score = std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    scores[order[rank]] = 1 / (kRankOffset + 1 + static_cast<float>(rank));
  }
}

}  // namespace

void standardise(Fusion fusion, std::span<float> scores) {
  fusion == Fusion::kScore ? by_score(scores) : by_rank(scores);
}

float score_factor(std::span<const float> scores) { return static_cast<float>(factor(spread(scores))); }

}  // namespace attune
