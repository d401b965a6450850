#pragma once

#include <cstdint>
#include <vector>

#include "base/sparse_matrix.h"
#include "base/thread_pool.h"

namespace attune {

// The low-rank form of EASE (docs/mathematics.md, equations B13 to B15).
struct LowRankConfig {
  double regularization;
  std::size_t rank;
  std::size_t iterations;
  std::uint64_t seed;
};

// F [items, rank], such that (F Fᵀ)(i, j) from(i) to(j) is the weight of i for j ≠ i. `rank` is cut to the number of
// items; with that many the weights are those of the full form. The same bytes for any number of threads.
struct LowRankFactors {
  std::size_t rank = 0;
  std::vector<float> values;    // rows are shorter than 1
  std::vector<float> from, to;  // by item, positive
};

// `users` has a row a user with their items, `items` is its transpose.
LowRankFactors low_rank_factors(const SparseView& users, const SparseView& items, const LowRankConfig& config,
                                ThreadPool& pool);

}  // namespace attune
