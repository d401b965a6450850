#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/sparse_matrix.h"

namespace attune {

// How alike two sets are, for the nearest-neighbour methods (docs/mathematics.md, equations B2 to B6). Sets have
// members: an item is the set of its users, a user the set of their items. Every likeness is of one form,
//
//   shared = sum over common members m of weight(m),   likeness = shared / (denominator(size_a, size_b) + shrinkage),
//
// so that one loop over members serves all of them.
struct LikenessConfig {
  std::string similarity = "cosine";  // cosine, jaccard, tf-idf, bm25
  double shrinkage = 0;               // added to the denominator
  double bm25_k1 = 100;               // bm25: how slowly size saturates
  double bm25_b = 0.8;                // bm25: how much size counts

  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

// The fields, for the configs that hold one of these.
template <class Self, class Visit>
void each_likeness_field(Self& self, Visit&& visit) {
  visit("similarity", self.similarity, "what is alike: cosine, jaccard, tf-idf or bm25");
  visit("shrinkage", self.shrinkage, "added to the denominator of a likeness; damps what few share");
  visit("bm25_k1", self.bm25_k1, "bm25: how slowly size saturates");
  visit("bm25_b", self.bm25_b, "bm25: how much size counts, from 0 to 1");
}

class Likeness {
 public:
  // `mean_members` is the mean size of the sets that have any member. The config must be valid.
  Likeness(const LikenessConfig& config, double mean_members);

  // What the denominator knows of a set: its size in the likeness's own measure; `weights` by member.
  double size(std::span<const std::uint32_t> members, std::span<const double> weights) const;

  // 0 when nothing is shared.
  double operator()(double shared, double size_a, double size_b) const;

 private:
  enum class Denominator { kRootOfProduct, kUnion, kProduct };

  LikenessConfig config_;
  Denominator denominator_;
  double mean_members_;
};

// What a common member adds, by column of `sets`, whose rows are the sets.
std::vector<double> member_weights(const LikenessConfig& config, const SparseView& sets);

double mean_members(const SparseView& sets);

}  // namespace attune
