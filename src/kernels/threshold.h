#pragma once

#include <cstddef>

namespace attune::kernels {

// The first i with x[i] > threshold; n when there is none. A NaN is not above anything. Any n, any alignment.
// Thread-safe.
std::size_t first_above(const float* x, float threshold, std::size_t n) noexcept;
std::size_t first_above(const double* x, double threshold, std::size_t n) noexcept;

}  // namespace attune::kernels
