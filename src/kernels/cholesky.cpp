#include "kernels/cholesky.h"

#include <cmath>
#include <cstddef>

#include "base/check.h"
#include "kernels/vector.h"

namespace attune::kernels {

bool cholesky(BasicMatrixView<double> a) noexcept {
  ATTUNE_CHECK(a.rows == a.columns);
  for (std::size_t i = 0; i < a.rows; ++i) {
    double* row = a.row(i).data();
    for (std::size_t j = 0; j < i; ++j) {
      const double* above = a.row(j).data();
      row[j] = (row[j] - dot(row, above, j)) / above[j];
    }
    const double pivot = row[i] - dot(row, row, i);
    if (!(pivot > 0) || !std::isfinite(pivot)) return false;
    row[i] = std::sqrt(pivot);
  }
  return true;
}

void forward_solve(BasicMatrixView<const double> factor, double* x) noexcept {
  for (std::size_t i = 0; i < factor.rows; ++i) x[i] = (x[i] - dot(factor.row(i).data(), x, i)) / factor(i, i);
}

void cholesky_solve(BasicMatrixView<const double> factor, double* x) noexcept {
  forward_solve(factor, x);
  // Lᵀ has the rows of L as columns: each solved value is taken out of those before it.
  for (std::size_t i = factor.rows; i-- > 0;) {
    x[i] /= factor(i, i);
    axpy(-x[i], factor.row(i).data(), x, i);
  }
}

}  // namespace attune::kernels
