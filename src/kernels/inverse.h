#pragma once

#include "base/matrix_view.h"
#include "base/thread_pool.h"

namespace attune::kernels {

// In place: a = a⁻¹ for a symmetric positive definite a [n, n], of which the lower triangle is read; the inverse fills
// both triangles and is symmetric to the bit. Returns false, with `a` undefined, when a is not positive definite to
// rounding.
//
// Blocks of rows are swept in turn (Goodnight, A tutorial on the sweep operator, 1979): n³ multiply-adds in all, as
// Cholesky and back, but every one of them in a product of kernels/gemm.h. Work is cut by n alone, so the result is the
// same bytes for any number of threads. Beside `a` it takes two panels of n x 128.
[[nodiscard]] bool invert_positive_definite(BasicMatrixView<double> a, ThreadPool& pool);

}  // namespace attune::kernels
