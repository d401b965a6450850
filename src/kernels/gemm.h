#pragma once

#include <cstddef>

#include "base/matrix_view.h"

namespace attune::kernels {

// C = A · Bᵀ (or C += A · Bᵀ): A [m, k], B [n, k], C [m, n], row-major, any strides, any sizes (also 0). One thread;
// callers split rows. An element of C depends on its row of A and its row of B alone, never on the sizes of the call or
// its place in it, so a caller may cut a product into tiles as it likes and get the same bytes.
enum class Accumulate { kNo, kYes };

void gemm_nt(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate) noexcept;
void gemm_nt(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate) noexcept;

// C = A · B (or C += A · B) with B [k, n]; the rest as above.
void gemm_nn(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate) noexcept;
void gemm_nn(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate) noexcept;

// B packed once into the panels that the register tile reads, for products in which many blocks of A meet the same B.
template <class T>
class PackedRows {
 public:
  PackedRows() = default;
  explicit PackedRows(BasicMatrixView<const T> b);  // copies; allocates
  ~PackedRows();
  PackedRows(PackedRows&&) noexcept;
  PackedRows& operator=(PackedRows&&) noexcept;

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }
  const T* data() const noexcept { return data_; }

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  T* data_ = nullptr;
};

// C = A · Bᵀ for the rows [first, first + c.columns) of a packed B.
void gemm_nt(BasicMatrixView<const float> a, const PackedRows<float>& b, std::size_t first,
             BasicMatrixView<float> c) noexcept;
void gemm_nt(BasicMatrixView<const double> a, const PackedRows<double>& b, std::size_t first,
             BasicMatrixView<double> c) noexcept;

}  // namespace attune::kernels
