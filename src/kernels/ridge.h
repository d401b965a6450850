#pragma once

#include <cstddef>
#include <cstdint>

namespace attune::kernels {

// The normal equations of one row of a matrix factorisation:
//
//   (base + ridge I + sum over n of v_n v_nᵀ) x = sum over n of v_n,    v_n = vectors[picked[n]]
//
// The matrix is never formed: a product with it is one pass over the picked vectors. Vectors lie `width` floats apart;
// width is a multiple of kRidgeLanes, and what a vector lacks to it is zeros, in `base` too.
inline constexpr std::size_t kRidgeLanes = 16;

struct RidgeSystem {
  const float* base = nullptr;  // [width, width], symmetric, shared by all systems
  float ridge = 0;
  const float* vectors = nullptr;
  const std::uint32_t* picked = nullptr;
  std::size_t count = 0;
  std::size_t width = 0;
};

// Improves x [width] by `steps` conjugate gradients, fewer when the residual vanishes. `scratch` holds 3 * width
// floats. One thread, allocates nothing. On one instruction set the result depends on the inputs alone.
void improve_ridge_solution(const RidgeSystem& system, std::size_t steps, float* x, float* scratch) noexcept;

}  // namespace attune::kernels
