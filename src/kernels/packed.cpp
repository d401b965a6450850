#include "kernels/packed.h"

#include <new>
#include <utility>

#include "base/check.h"
#include "kernels/gemm_product.h"
#include "kernels/gemm_views.h"

namespace attune::kernels {
namespace {

constexpr std::align_val_t kAlignment{kPanelAlignment};

template <class T>
Product<T> packed_product_of(BasicMatrixView<const T> a, const Packed<T>& b, std::size_t first,
                             BasicMatrixView<SumOf<T>> c, const Epilogue<SumOf<T>>& end) noexcept {
  ATTUNE_CHECK(a.columns == b.k() && first <= b.n() && c.columns <= b.n() - first);
  return product_of(a, b.panels(), 0, Layout::kPanels, first, c, end);
}

template <class T>
void multiply_from_row(BasicMatrixView<const T> a, const Packed<T>& b, std::size_t first, BasicMatrixView<SumOf<T>> c,
                       const Epilogue<SumOf<T>>& end) noexcept {
  constexpr std::size_t kValues = Operand<T>::kValues;
  ATTUNE_CHECK(c.columns == b.n() && first <= b.k() && a.columns <= b.k() - first);
  ATTUNE_CHECK(first % kValues == 0 && (a.columns % kValues == 0 || first + a.columns == b.k()));
  Product<T> product = product_of(a, b.panels(), 0, Layout::kPanels, 0, c, end);
  product.first_k = first;
  product.packed_k = b.k();
  multiply(product);
}

}  // namespace

template <class T>
Packed<T>::~Packed() {
  if (panels_ != nullptr) ::operator delete(panels_, kAlignment);
}

template <class T>
Packed<T>::Packed(Packed&& other) noexcept {
  *this = std::move(other);
}

template <class T>
Packed<T>& Packed<T>::operator=(Packed&& other) noexcept {
  std::swap(k_, other.k_);
  std::swap(n_, other.n_);
  std::swap(bytes_, other.bytes_);
  std::swap(panels_, other.panels_);
  return *this;
}

template <class T>
void Packed<T>::reserve(std::size_t k, std::size_t n) {
  const std::size_t panels = (n + kPanel<T> - 1) / kPanel<T>;
  const std::size_t bytes = panels * units_of<T>(k) * kPanel<T> * sizeof(UnitOf<T>);
  if (bytes <= bytes_) return;
  void* larger = ::operator new(bytes, kAlignment);
  if (panels_ != nullptr) ::operator delete(panels_, kAlignment);
  panels_ = larger;
  bytes_ = bytes;
  k_ = n_ = 0;
}

template <class T>
void Packed<T>::pack_rows(BasicMatrixView<const T> b) {
  reserve(b.columns, b.rows);
  k_ = b.columns;
  n_ = b.rows;
  pack(Factor<T>{b.data, b.stride, k_, n_, Layout::kRows}, panels_);
}

template <class T>
void Packed<T>::pack_columns(BasicMatrixView<const T> b) {
  reserve(b.rows, b.columns);
  k_ = b.rows;
  n_ = b.columns;
  pack(Factor<T>{b.data, b.stride, k_, n_, Layout::kColumns}, panels_);
}

template class Packed<float>;
template class Packed<double>;
template class Packed<Bf16>;

void gemm(BasicMatrixView<const float> a, const Packed<float>& b, std::size_t first, BasicMatrixView<float> c,
          const Epilogue<float>& end) noexcept {
  multiply(packed_product_of(a, b, first, c, end));
}
void gemm(BasicMatrixView<const double> a, const Packed<double>& b, std::size_t first, BasicMatrixView<double> c,
          const Epilogue<double>& end) noexcept {
  multiply(packed_product_of(a, b, first, c, end));
}

void gemm(BasicMatrixView<const Bf16> a, const Packed<Bf16>& b, std::size_t first, BasicMatrixView<float> c,
          const Epilogue<float>& end) noexcept {
  multiply(packed_product_of(a, b, first, c, end));
}

void gemm_from_row(BasicMatrixView<const float> a, const Packed<float>& b, std::size_t first, BasicMatrixView<float> c,
                   const Epilogue<float>& end) noexcept {
  multiply_from_row(a, b, first, c, end);
}
void gemm_from_row(BasicMatrixView<const double> a, const Packed<double>& b, std::size_t first,
                   BasicMatrixView<double> c, const Epilogue<double>& end) noexcept {
  multiply_from_row(a, b, first, c, end);
}
void gemm_from_row(BasicMatrixView<const Bf16> a, const Packed<Bf16>& b, std::size_t first, BasicMatrixView<float> c,
                   const Epilogue<float>& end) noexcept {
  multiply_from_row(a, b, first, c, end);
}

}  // namespace attune::kernels
