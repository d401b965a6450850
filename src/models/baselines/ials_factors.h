#pragma once

#include <cstdint>
#include <vector>

#include "base/sparse_matrix.h"
#include "base/thread_pool.h"
#include "models/baselines/ials.h"

namespace attune {

// The item vectors of iALS, [items, width], after config.iterations rounds over users and items. `users` has a row a
// user with their items; rows without any take no part, and an item without users has a vector of zeros. Throws
// Error(kUsage) when values are no longer finite. The same bytes for any number of threads.
std::vector<float> ials_item_vectors(const SparseView& users, const IalsConfig& config, std::uint64_t seed,
                                     ThreadPool& pool);

// Vᵀ V of vectors [rows, width], summed in double; width x width.
std::vector<double> gram(std::span<const float> vectors, std::size_t rows, std::size_t width, ThreadPool& pool);

// x = (alpha0 gram + ridge I + sum v vᵀ)⁻¹ sum v over the picked rows of `vectors` [.., width], in double. Room for the
// work is kept from call to call; not thread-safe. x becomes zeros if the matrix is not positive definite to rounding,
// which only a gram that belongs to no vectors can bring about.
class ExactRidge {
 public:
  ExactRidge(std::span<const double> gram, double alpha0, std::size_t width);

  // `stride` floats lie from one vector to the next.
  void solve(const float* vectors, std::size_t stride, std::span<const std::uint32_t> picked, double ridge);

  std::span<const double> solution() const { return solution_; }

  // After solve: v ᵀ (the same matrix)⁻¹ w for any two vectors. Overwrites no solution.
  void apply_inverse(std::vector<double>& vector) const;
  bool solved() const { return solved_; }

 private:
  std::span<const double> gram_;
  double alpha0_;
  std::size_t width_;
  bool solved_ = false;
  std::vector<double> turned_, matrix_, solution_;
};

}  // namespace attune
