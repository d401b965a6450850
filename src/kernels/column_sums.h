#pragma once

#include "base/matrix_view.h"

namespace attune::kernels {

// sums[c] += the sum of x(t, c) over the rows t, the gradient of a bias. x [T, C] of any size (also 0) and stride, C
// sums. Rows are added one after the other, so a result is the same on every instruction set. Thread-safe.
void add_column_sums(BasicMatrixView<const float> x, float* sums) noexcept;
void add_column_sums(BasicMatrixView<const double> x, double* sums) noexcept;

}  // namespace attune::kernels
