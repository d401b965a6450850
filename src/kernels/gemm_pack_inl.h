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

// A square of units, four by four, turned round; rows of `from` become columns of `to`. Of the rows, `count` are there.
#if HWY_TARGET == HWY_SCALAR
template <class T>
HWY_INLINE void transpose(const T* from, size_t stride, size_t count, UnitOf<T>* to, size_t to_stride) {
  for (size_t r = 0; r < 4; ++r) {
    for (size_t c = 0; c < 4; ++c) {
      const T* at = from + r * stride + c * Operand<T>::kValues;
      to[c * to_stride + r] = r < count ? unit_at(at, 1, true) : UnitOf<T>{0};
    }
  }
}
#else
using Quad = hn::Vec<hn::FixedTag<float, 4>>;

HWY_INLINE Quad four_units(const float* x) { return hn::LoadU(hn::FixedTag<float, 4>(), x); }
HWY_INLINE Quad four_units(const Bf16* x) {
  const hn::FixedTag<uint16_t, 8> values;
  return hn::BitCast(hn::FixedTag<float, 4>(), hn::LoadU(values, reinterpret_cast<const uint16_t*>(x)));
}

template <class T>
HWY_INLINE void transpose(const T* from, size_t stride, size_t count, UnitOf<T>* to, size_t to_stride) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const hn::FixedTag<UnitOf<T>, 4> units;
  const auto zero = hn::Zero(d);
  const auto r0 = four_units(from), r1 = count > 1 ? four_units(from + stride) : zero;
  const auto r2 = count > 2 ? four_units(from + 2 * stride) : zero;
  const auto r3 = count > 3 ? four_units(from + 3 * stride) : zero;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::Store(hn::BitCast(units, hn::InterleaveLower(pairs, low01, low23)), units, to);
  hn::Store(hn::BitCast(units, hn::InterleaveUpper(pairs, low01, low23)), units, to + to_stride);
  hn::Store(hn::BitCast(units, hn::InterleaveLower(pairs, high01, high23)), units, to + 2 * to_stride);
  hn::Store(hn::BitCast(units, hn::InterleaveUpper(pairs, high01, high23)), units, to + 3 * to_stride);
}

HWY_INLINE void transpose(const double* from, size_t stride, size_t count, double* to, size_t to_stride) {
  const hn::FixedTag<double, 2> d;
  for (size_t r = 0; r < 4; r += 2) {
    for (size_t c = 0; c < 4; c += 2) {
      const auto even = r < count ? hn::LoadU(d, from + r * stride + c) : hn::Zero(d);
      const auto odd = r + 1 < count ? hn::LoadU(d, from + (r + 1) * stride + c) : hn::Zero(d);
      hn::Store(hn::InterleaveLower(d, even, odd), d, to + c * to_stride + r);
      hn::Store(hn::InterleaveUpper(d, even, odd), d, to + (c + 1) * to_stride + r);
    }
  }
}
#endif

// Packs `count` rows of a B that lies [n, k], at most a panel; the columns after them become zero up to `filled`.
template <class T>
HWY_INLINE void pack_rows(const T* b, size_t stride, size_t count, size_t filled, size_t k, UnitOf<T>* panel) {
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kValues = Operand<T>::kValues;
  const size_t units = units_of<T>(k);
  for (size_t row = 0; row < filled; row += 4) {
    const size_t there = row >= count ? 0 : count - row < 4 ? count - row : 4;
    size_t i = 0;
    for (; there > 0 && (i + 4) * kValues <= k; i += 4) {
      transpose(b + row * stride + i * kValues, stride, there, panel + i * kWidth + row, kWidth);
    }
    for (; i < units; ++i) {
      const bool whole = (i + 1) * kValues <= k;
      for (size_t r = 0; r < 4; ++r) {
        UnitOf<T>& to = panel[i * kWidth + row + r];
        to = r < there ? unit_at(b + (row + r) * stride + i * kValues, 1, whole) : UnitOf<T>{0};
      }
    }
  }
}

// A vector of units of a B that lies [k, n]; of two values, the second from the next row where there is one.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_units(D d, const T* b, size_t, bool) {
  return hn::LoadU(d, b);
}

template <class D>
HWY_INLINE hn::Vec<D> load_units(D d, const Bf16* b, size_t stride, bool whole) {
  const hn::Rebind<uint16_t, D> half;
  const uint16_t* x = reinterpret_cast<const uint16_t*>(b);
  const auto first = hn::PromoteTo(d, hn::LoadU(half, x));
  return whole ? hn::Or(first, hn::ShiftLeft<16>(hn::PromoteTo(d, hn::LoadU(half, x + stride)))) : first;
}

// The same as pack_rows for `count` columns of a B that lies [k, n].
template <class T>
HWY_INLINE void pack_columns(const T* b, size_t stride, size_t count, size_t filled, size_t k, UnitOf<T>* panel) {
  const hn::ScalableTag<UnitOf<T>> d;
  constexpr size_t kStep = hn::MaxLanes(hn::ScalableTag<UnitOf<T>>());
  constexpr size_t kValues = Operand<T>::kValues;
  for (size_t i = 0; i < k; i += kValues, b += kValues * stride, panel += kPanel<T>) {
    const bool whole = i + kValues <= k;
    size_t j = 0;
    for (; j + kStep <= count; j += kStep) hn::Store(load_units(d, b + j, stride, whole), d, panel + j);
    for (; j < count; ++j) panel[j] = unit_at(b + j, stride, whole);
    for (; j < filled; ++j) panel[j] = UnitOf<T>{0};
  }
}

template <class T>
HWY_INLINE void pack_panel(Layout layout, const T* b, size_t stride, size_t count, size_t filled, size_t k,
                           UnitOf<T>* panel) {
  if (layout == Layout::kRows) {
    pack_rows(b, stride, count, filled, k, panel);
  } else {
    pack_columns(b, stride, count, filled, k, panel);
  }
}

template <class T>
HWY_INLINE void pack_factor(const Factor<T>& b, UnitOf<T>* panels) {
  const size_t step = b.layout == Layout::kRows ? b.stride : 1;
  for (size_t column = 0; column < b.n; column += kPanel<T>, panels += kPanel<T> * units_of<T>(b.k)) {
    const size_t count = b.n - column < kPanel<T> ? b.n - column : kPanel<T>;
    pack_panel(b.layout, b.data + column * step, b.stride, count, kPanel<T>, b.k, panels);
  }
}

// kRows units of an A that lies [k, m], beside each other.
template <size_t kRows, class T>
HWY_INLINE void pack_unit_row(const T* a, size_t, bool, T* to) {
  __builtin_memcpy(to, a, kRows * sizeof(T));
}

template <size_t kRows>
HWY_INLINE void pack_unit_row(const Bf16* a, size_t stride, bool whole, uint32_t* to) {
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) to[r] = unit_at(a + r, stride, whole);
}

// `tiles` times kRows columns of an A that lies [k, m], each as [units][kRows]. A is read along its rows, since its
// columns may share few sets of the cache.
template <size_t kRows, class T>
HWY_NOINLINE void pack_tiles(const T* a, size_t stride, size_t k, size_t tiles, UnitOf<T>* to) {
  constexpr size_t kValues = Operand<T>::kValues;
  const size_t tile_step = kRows * units_of<T>(k);
  for (size_t i = 0; i < k; i += kValues, a += kValues * stride, to += kRows) {
    const bool whole = i + kValues <= k;
    for (size_t tile = 0; tile < tiles; ++tile) {
      pack_unit_row<kRows>(a + tile * kRows, stride, whole, to + tile * tile_step);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
