#pragma once

#include <cstddef>

#include "base/matrix_view.h"
#include "kernels/bf16.h"
#include "kernels/gemm.h"

namespace attune::kernels {

// The second factor of products, copied once into the panels that the register tile reads: for weights that many blocks
// of rows meet. Products with it have the bytes of the plain ones. It may be packed anew as often as its values change,
// and allocates only when it has to grow. What one instruction set has packed serves all.
template <class T>
class Packed {
 public:
  Packed() = default;
  ~Packed();
  Packed(Packed&&) noexcept;
  Packed& operator=(Packed&&) noexcept;

  // Makes room for a factor of k rows and n columns, so that packing one of that size does not allocate.
  void reserve(std::size_t k, std::size_t n);

  void pack_rows(BasicMatrixView<const T> b);     // b is [n, k]: products are A · Bᵀ, as of gemm_nt
  void pack_columns(BasicMatrixView<const T> b);  // b is [k, n]: products are A · B, as of gemm_nn

  std::size_t k() const noexcept { return k_; }
  std::size_t n() const noexcept { return n_; }
  const void* panels() const noexcept { return panels_; }

 private:
  std::size_t k_ = 0;
  std::size_t n_ = 0;
  std::size_t bytes_ = 0;
  void* panels_ = nullptr;
};

extern template class Packed<float>;
extern template class Packed<double>;
extern template class Packed<Bf16>;

// C = A · (columns [first, first + c.columns) of b), with A [m, k]. The bias has a value for each column of C.
void gemm(BasicMatrixView<const float> a, const Packed<float>& b, std::size_t first, BasicMatrixView<float> c,
          const Epilogue<float>& = {}) noexcept;
void gemm(BasicMatrixView<const double> a, const Packed<double>& b, std::size_t first, BasicMatrixView<double> c,
          const Epilogue<double>& = {}) noexcept;
void gemm(BasicMatrixView<const Bf16> a, const Packed<Bf16>& b, std::size_t first, BasicMatrixView<float> c,
          const Epilogue<float>& = {}) noexcept;

// C = A · (rows [first, first + a.columns) of b), with A [m, k]. With bf16, first is even, and a.columns too unless the
// rows are the last.
void gemm_from_row(BasicMatrixView<const float> a, const Packed<float>& b, std::size_t first, BasicMatrixView<float> c,
                   const Epilogue<float>& = {}) noexcept;
void gemm_from_row(BasicMatrixView<const double> a, const Packed<double>& b, std::size_t first,
                   BasicMatrixView<double> c, const Epilogue<double>& = {}) noexcept;
void gemm_from_row(BasicMatrixView<const Bf16> a, const Packed<Bf16>& b, std::size_t first, BasicMatrixView<float> c,
                   const Epilogue<float>& = {}) noexcept;

}  // namespace attune::kernels
