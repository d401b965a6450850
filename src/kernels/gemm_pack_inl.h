#if defined(ATTUNE_KERNELS_GEMM_PACK_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_PACK_INL_H
#undef ATTUNE_KERNELS_GEMM_PACK_INL_H
#else
#define ATTUNE_KERNELS_GEMM_PACK_INL_H
#endif

// Copies of factors in the order in which the register tile reads them. Internal to this folder; compiled once for each
// instruction set, inside the files that include it.

#include <hwy/highway.h>

#include "kernels/gemm_product.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The unit of the values of a column of B, or a row of A: x[0] and, of two, what follows it `apart` values on.
HWY_INLINE float unit_at(const float* x, size_t, bool) { return *x; }
HWY_INLINE double unit_at(const double* x, size_t, bool) { return *x; }
HWY_INLINE uint32_t unit_at(const Bf16* x, size_t apart, bool whole) {
  const uint32_t second = whole ? static_cast<uint32_t>(x[apart]) : 0u;
  return static_cast<uint32_t>(x[0]) | second << 16;
}

// A square of units, four by four, turned round in registers; rows of `from` become columns of `to`.
#if HWY_TARGET == HWY_SCALAR
template <class T>
HWY_INLINE void transpose(const T* from, size_t stride, UnitOf<T>* to, size_t to_stride) {
  for (size_t r = 0; r < 4; ++r) {
    for (size_t c = 0; c < 4; ++c)
      to[c * to_stride + r] = unit_at(from + r * stride + c * Operand<T>::kValues, 1, true);
  }
}
#else
template <class D, class V>
HWY_INLINE void transpose_vectors(D d, V r0, V r1, V r2, V r3, hn::TFromD<D>* to, size_t to_stride) {
  const hn::FixedTag<double, 2> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
}

HWY_INLINE void transpose(const float* from, size_t stride, float* to, size_t to_stride) {
  const hn::FixedTag<float, 4> d;
  transpose_vectors(d, hn::LoadU(d, from), hn::LoadU(d, from + stride), hn::LoadU(d, from + 2 * stride),
                    hn::LoadU(d, from + 3 * stride), to, to_stride);
}

HWY_INLINE void transpose(const Bf16* from, size_t stride, uint32_t* to, size_t to_stride) {
  const hn::FixedTag<uint32_t, 4> d;
  const hn::FixedTag<uint16_t, 8> values;
  const uint16_t* x = reinterpret_cast<const uint16_t*>(from);
  transpose_vectors(d, hn::BitCast(d, hn::LoadU(values, x)), hn::BitCast(d, hn::LoadU(values, x + stride)),
                    hn::BitCast(d, hn::LoadU(values, x + 2 * stride)),
                    hn::BitCast(d, hn::LoadU(values, x + 3 * stride)), to, to_stride);
}

HWY_INLINE void transpose(const double* from, size_t stride, double* to, size_t to_stride) {
  const hn::FixedTag<double, 2> d;
  for (size_t r = 0; r < 4; r += 2) {
    for (size_t c = 0; c < 4; c += 2) {
      const auto even = hn::LoadU(d, from + r * stride + c), odd = hn::LoadU(d, from + (r + 1) * stride + c);
      hn::StoreU(hn::InterleaveLower(d, even, odd), d, to + c * to_stride + r);
      hn::StoreU(hn::InterleaveUpper(d, even, odd), d, to + (c + 1) * to_stride + r);
    }
  }
}
#endif

// Packs `count` rows of a B that lies [n, k], at most a panel; the columns after them become zero.
template <class T>
HWY_INLINE void pack_rows(const T* b, size_t stride, size_t count, size_t k, UnitOf<T>* panel) {
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kValues = Operand<T>::kValues;
  const size_t units = units_of<T>(k);
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    size_t i = 0;
    for (; (i + 4) * kValues <= k; i += 4) {
      transpose(b + row * stride + i * kValues, stride, panel + i * kWidth + row, kWidth);
    }
    for (; i < units; ++i) {
      for (size_t r = row; r < row + 4; ++r) {
        panel[i * kWidth + r] = unit_at(b + r * stride + i * kValues, 1, (i + 1) * kValues <= k);
      }
    }
  }
  for (; row < kWidth; ++row) {
    for (size_t i = 0; i < units; ++i) {
      const bool whole = (i + 1) * kValues <= k;
      panel[i * kWidth + row] = row < count ? unit_at(b + row * stride + i * kValues, 1, whole) : UnitOf<T>{0};
    }
  }
}

// A panel's row of units from whole rows of B.
template <class T>
HWY_INLINE void pack_whole_row(const T* b, size_t, bool, T* to) {
  const hn::ScalableTag<T> d;
  for (size_t j = 0; j < kPanel<T>; j += hn::MaxLanes(d)) hn::Store(hn::LoadU(d, b + j), d, to + j);
}

HWY_INLINE void pack_whole_row(const Bf16* b, size_t stride, bool whole, uint32_t* to) {
  const hn::ScalableTag<uint32_t> d;
  const hn::Rebind<uint16_t, decltype(d)> half;
  const uint16_t* x = reinterpret_cast<const uint16_t*>(b);
  for (size_t j = 0; j < kPanel<Bf16>; j += hn::MaxLanes(d)) {
    const auto first = hn::PromoteTo(d, hn::LoadU(half, x + j));
    const auto second = whole ? hn::ShiftLeft<16>(hn::PromoteTo(d, hn::LoadU(half, x + stride + j))) : hn::Zero(d);
    hn::Store(hn::Or(first, second), d, to + j);
  }
}

// The same as pack_rows for `count` columns of a B that lies [k, n].
template <class T>
HWY_INLINE void pack_columns(const T* b, size_t stride, size_t count, size_t k, UnitOf<T>* panel) {
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kValues = Operand<T>::kValues;
  for (size_t i = 0; i < k; i += kValues, b += kValues * stride, panel += kWidth) {
    const bool whole = i + kValues <= k;
    if (count == kWidth) {
      pack_whole_row(b, stride, whole, panel);
    } else {
      for (size_t j = 0; j < kWidth; ++j) panel[j] = j < count ? unit_at(b + j, stride, whole) : UnitOf<T>{0};
    }
  }
}

template <class T>
HWY_INLINE void pack_panel(Layout layout, const T* b, size_t stride, size_t count, size_t k, UnitOf<T>* panel) {
  if (layout == Layout::kRows) {
    pack_rows(b, stride, count, k, panel);
  } else {
    pack_columns(b, stride, count, k, panel);
  }
}

template <class T>
HWY_INLINE void pack_factor(const Factor<T>& b, UnitOf<T>* panels) {
  const size_t step = b.layout == Layout::kRows ? b.stride : 1;
  for (size_t column = 0; column < b.n; column += kPanel<T>, panels += kPanel<T> * units_of<T>(b.k)) {
    const size_t count = b.n - column < kPanel<T> ? b.n - column : kPanel<T>;
    pack_panel(b.layout, b.data + column * step, b.stride, count, b.k, panels);
  }
}

// A tile of kRows columns of an A that lies [k, m], as [units][kRows].
template <size_t kRows, class T>
HWY_INLINE void pack_tile(const T* a, size_t stride, size_t k, UnitOf<T>* to) {
  constexpr size_t kValues = Operand<T>::kValues;
  for (size_t i = 0; i < k; i += kValues, a += kValues * stride, to += kRows) {
    const bool whole = i + kValues <= k;
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) to[r] = unit_at(a + r, stride, whole);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
