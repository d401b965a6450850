#include "models/baselines/likeness.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/error.h"

namespace attune {
namespace {

constexpr double kShrinkageMax = 1e6, kBm25Max = 1e6;

void check(bool holds, std::string_view field, double value, std::string_view rule) {
  if (!holds) throw Error(ErrorKind::kUsage, field, " is ", value, "; expected ", rule, ".");
}

std::size_t sets_with_members(const SparseView& sets) {
  std::size_t count = 0;
  for (std::size_t s = 0; s < sets.rows(); ++s) count += sets.offsets[s + 1] > sets.offsets[s] ? 1 : 0;
  return count;
}

bool weighs_members(const LikenessConfig& config) {
  return config.similarity == "tf-idf" || config.similarity == "bm25";
}

}  // namespace

void LikenessConfig::validate() const {
  if (similarity != "cosine" && similarity != "jaccard" && similarity != "tf-idf" && similarity != "bm25") {
    throw Error(ErrorKind::kUsage, "similarity is '", similarity, "'; expected cosine, jaccard, tf-idf or bm25.");
  }
  check(shrinkage >= 0 && shrinkage <= kShrinkageMax, "shrinkage", shrinkage, "a number from 0 to 1e6");
  check(bm25_k1 >= 0 && bm25_k1 <= kBm25Max, "bm25_k1", bm25_k1, "a number from 0 to 1e6");
  check(bm25_b >= 0 && bm25_b <= 1, "bm25_b", bm25_b, "a number from 0 to 1");
}

Likeness::Likeness(const LikenessConfig& config, double mean_members)
    : config_(config),
      denominator_(config.similarity == "jaccard" ? Denominator::kUnion
                   : config.similarity == "bm25"  ? Denominator::kProduct
                                                  : Denominator::kRootOfProduct),
      mean_members_(mean_members) {}

double Likeness::size(std::span<const std::uint32_t> members, std::span<const double> weights) const {
  const auto count = static_cast<double>(members.size());
  if (denominator_ == Denominator::kProduct) {
    const double length = 1 - config_.bm25_b + config_.bm25_b * count / std::max(mean_members_, 1.0);
    return (config_.bm25_k1 * length + 1) / (config_.bm25_k1 + 1);
  }
  if (!weighs_members(config_)) return count;
  double sum = 0;
  for (const std::uint32_t member : members) sum += weights[member];
  return sum;
}

double Likeness::operator()(double shared, double size_a, double size_b) const {
  if (!(shared > 0)) return 0;
  double denominator = size_a * size_b;
  if (denominator_ == Denominator::kRootOfProduct) denominator = std::sqrt(denominator);
  if (denominator_ == Denominator::kUnion) denominator = size_a + size_b - shared;
  denominator += config_.shrinkage;
  return denominator > 0 ? shared / denominator : 0;
}

std::vector<double> member_weights(const LikenessConfig& config, const SparseView& sets) {
  std::vector<double> weights(sets.width, 1.0);
  if (!weighs_members(config)) return weights;
  std::vector<std::uint32_t> counts(sets.width);
  for (const std::uint32_t member : sets.columns) ++counts[member];
  const auto all = static_cast<double>(sets_with_members(sets));
  for (std::size_t m = 0; m < weights.size(); ++m) {
    const double rarity = std::max(0.0, std::log(all / (1 + static_cast<double>(counts[m]))));
    weights[m] = rarity * rarity;
  }
  return weights;
}

double mean_members(const SparseView& sets) {
  const std::size_t count = sets_with_members(sets);
  return count == 0 ? 0 : static_cast<double>(sets.columns.size()) / static_cast<double>(count);
}

}  // namespace attune
