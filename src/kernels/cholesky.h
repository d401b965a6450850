#pragma once

#include "base/matrix_view.h"

namespace attune::kernels {

// Small systems with a symmetric positive definite matrix, in double: the normal equations of one user. One thread,
// nothing is allocated. For large matrices kernels/inverse.h cuts the work into products.

// In place: the lower triangle of a [n, n] becomes L with a = L Lᵀ; what lies above the diagonal is neither read nor
// written. Returns false, and leaves `a` half done, when a pivot is not a positive finite number: then `a` was not
// positive definite to rounding.
[[nodiscard]] bool cholesky(BasicMatrixView<double> a) noexcept;

// In place: x = (L Lᵀ)⁻¹ x for a factor that cholesky made; x has as many values as the factor has rows.
void cholesky_solve(BasicMatrixView<const double> factor, double* x) noexcept;

// In place: x = L⁻¹ x.
void forward_solve(BasicMatrixView<const double> factor, double* x) noexcept;

}  // namespace attune::kernels
