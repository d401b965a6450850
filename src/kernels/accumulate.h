#pragma once

#include <cstddef>

namespace attune::kernels {

// y[i] += x[i], each float widened first: sums of rows of weights that are rounded once, at their end. Any n, any
// alignment. Exact, so the same on every instruction set. Thread-safe.
void add_widened(const float* x, double* y, std::size_t n) noexcept;

}  // namespace attune::kernels
