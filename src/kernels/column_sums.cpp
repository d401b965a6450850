#include "kernels/column_sums.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/column_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// kVectors vectors of columns, whose sums stay in registers over all rows.
template <size_t kVectors, class T>
HWY_INLINE void add_vectors(const BasicMatrixView<const T>& x, size_t first, T* sums) {
  const hn::ScalableTag<T> d;
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  hn::Vec<hn::ScalableTag<T>> total[kVectors];
#pragma GCC unroll 4
  for (size_t v = 0; v < kVectors; ++v) total[v] = hn::LoadU(d, sums + first + v * kLanes);
  const T* row = x.data + first;
  for (size_t t = 0; t < x.rows; ++t, row += x.stride) {
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) total[v] = hn::Add(total[v], hn::LoadU(d, row + v * kLanes));
  }
#pragma GCC unroll 4
  for (size_t v = 0; v < kVectors; ++v) hn::StoreU(total[v], d, sums + first + v * kLanes);
}

template <class T>
void add_columns(const BasicMatrixView<const T>& x, T* sums) {
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  size_t c = 0;
  for (; c + 4 * kLanes <= x.columns; c += 4 * kLanes) add_vectors<4>(x, c, sums);
  for (; c + kLanes <= x.columns; c += kLanes) add_vectors<1>(x, c, sums);
  for (; c < x.columns; ++c) {
    for (size_t t = 0; t < x.rows; ++t) sums[c] += x.data[t * x.stride + c];
  }
}

void add_columns_f32(const BasicMatrixView<const float>& x, float* sums) { add_columns(x, sums); }
void add_columns_f64(const BasicMatrixView<const double>& x, double* sums) { add_columns(x, sums); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(add_columns_f32);
HWY_EXPORT(add_columns_f64);

void add_column_sums(BasicMatrixView<const float> x, float* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(add_columns_f32)(x, sums);
}
void add_column_sums(BasicMatrixView<const double> x, double* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(add_columns_f64)(x, sums);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
