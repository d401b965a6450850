#if defined(ATTUNE_KERNELS_GEMM_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_TILE_INL_H
#undef ATTUNE_KERNELS_GEMM_TILE_INL_H
#else
#define ATTUNE_KERNELS_GEMM_TILE_INL_H
#endif

// The register tile: a few rows of A times a few vectors of a panel of B, its sums in registers all along. Internal to
// this folder; compiled once for each instruction set, inside the files that include it.

#include <hwy/highway.h>

#include "kernels/gemm_product.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums, the vectors of B and a value of A must fit the registers: 32 of them with AVX-512 and NEON, 16 elsewhere.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr size_t kTileRows = 14;
#else
constexpr size_t kTileRows = 6;
#endif

template <class T>
using SumTag = hn::ScalableTag<SumOf<T>>;
template <class T>
using UnitTag = hn::ScalableTag<UnitOf<T>>;
template <class T>
constexpr size_t kLanes = hn::MaxLanes(SumTag<T>());

// The last unit of each row when k is odd: its second value lies outside of the row, and counts as zero.
template <class T>
struct HalfUnits {
  const T* data;
  size_t stride;

  template <size_t kRows>
  HWY_INLINE UnitOf<T> unit(size_t r, size_t i) const {
    return static_cast<UnitOf<T>>(data[r * stride + i * Operand<T>::kValues]);
  }
};

// Rows of A as they lie in memory.
template <class T>
struct PlainRows {
  const T* data;
  size_t stride;

  static constexpr bool kEndsInHalves = Operand<T>::kValues > 1;
  static constexpr size_t whole_units(size_t k) { return k / Operand<T>::kValues; }

  template <size_t kRows>
  HWY_INLINE UnitOf<T> unit(size_t r, size_t i) const {
    UnitOf<T> value;
    __builtin_memcpy(&value, data + r * stride + i * Operand<T>::kValues, sizeof(value));
    return value;
  }
  HWY_INLINE HalfUnits<T> halves() const { return {data, stride}; }
  HWY_INLINE PlainRows from(size_t row) const { return {data + row * stride, stride}; }
};

// Rows of A that lie as columns, one unit after the other. Not for units of two values.
template <class T>
struct TurnedRows {
  const T* data;
  size_t stride;

  static_assert(Operand<T>::kValues == 1);
  static constexpr bool kEndsInHalves = false;
  static constexpr size_t whole_units(size_t k) { return k; }

  template <size_t kRows>
  HWY_INLINE UnitOf<T> unit(size_t r, size_t i) const {
    return data[i * stride + r];
  }
  HWY_INLINE TurnedRows from(size_t row) const { return {data + row, stride}; }
};

// Rows of A that were packed tile by tile, each [units][rows of the tile].
template <class T>
struct PackedTiles {
  const UnitOf<T>* data;
  size_t units;

  static constexpr bool kEndsInHalves = false;
  static constexpr size_t whole_units(size_t k) { return units_of<T>(k); }

  template <size_t kRows>
  HWY_INLINE UnitOf<T> unit(size_t r, size_t i) const {
    return data[i * kRows + r];
  }
  HWY_INLINE PackedTiles from(size_t row) const { return {data + row * units, units}; }
};

// Columns of B that lie in panels, and of C.
template <class T>
struct Columns {
  const UnitOf<T>* b;     // the first of the panels, each [units][kPanel]
  size_t panel_step;      // from one to the next
  size_t k;               // values
  const SumOf<T>* start;  // what the sum of each column begins with
  size_t start_step;      // from one tile to the next; 0 if all begin alike
  SumOf<T>* c;
  size_t c_stride;
  bool add;

  HWY_INLINE Columns rows_from(size_t row) const {
    return {b, panel_step, k, start, start_step, c + row * c_stride, c_stride, add};
  }
};

template <class D, class V>
HWY_INLINE V multiply_add(D, V a, V b, V sum) {
  return hn::MulAdd(a, b, sum);
}

// A unit of two values of bf16, and the sum in float: the second products first, as VDPBF16PS does. (That instruction
// takes denormal numbers for zero, which this does not.)
template <class D, class U, class V>
HWY_INLINE V multiply_add(D d, U a, U b, V sum) {
#ifdef ATTUNE_KERNELS_BF16_DOT
  static_cast<void>(d);
  return V{_mm512_dpbf16_ps(sum.raw, reinterpret_cast<__m512bh>(a.raw), reinterpret_cast<__m512bh>(b.raw))};
#else
  const hn::RebindToUnsigned<D> units;
  const auto second = hn::Set(units, 0xffff0000u);
  sum = hn::MulAdd(hn::BitCast(d, hn::And(a, second)), hn::BitCast(d, hn::And(b, second)), sum);
  return hn::MulAdd(hn::BitCast(d, hn::ShiftLeft<16>(a)), hn::BitCast(d, hn::ShiftLeft<16>(b)), sum);
#endif
}

// Unit i of each row times a row of the panel.
template <class T, size_t kRows, size_t kVectors, class A, class V>
HWY_INLINE void add_products(const A& a, size_t i, const UnitOf<T>* b, V (&sums)[kRows][kVectors]) {
  const SumTag<T> d;
  const UnitTag<T> units;
  hn::Vec<UnitTag<T>> factors[kVectors];
#pragma GCC unroll 16
  for (size_t v = 0; v < kVectors; ++v) factors[v] = hn::Load(units, b + v * kLanes<T>);
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
    const auto value = hn::Set(units, a.template unit<kRows>(r, i));
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) sums[r][v] = multiply_add(d, value, factors[v], sums[r][v]);
  }
}

// c[r][j] = or += start[j] + the sum over k of a[r][k] * b[k][j], for kRows rows and kVectors vectors of columns.
template <class T, size_t kRows, size_t kVectors, class A>
HWY_INLINE void multiply_tile(const A& a, const Columns<T>& to) {
  const SumTag<T> d;
  hn::Vec<SumTag<T>> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (size_t v = 0; v < kVectors; ++v) {
    const auto start = hn::LoadU(d, to.start + v * kLanes<T>);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  // Where the sums will go: on the way to the L1 cache while they are made.
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) __builtin_prefetch(to.c + r * to.c_stride + v * kLanes<T>, 1);
  }
  const UnitOf<T>* b = to.b;
  const size_t units = A::whole_units(to.k);
  for (size_t i = 0; i < units; ++i, b += kPanel<T>) add_products<T>(a, i, b, sums);
  if constexpr (A::kEndsInHalves) {
    if (units < units_of<T>(to.k)) add_products<T>(a.halves(), units, b, sums);
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
    SumOf<T>* row = to.c + r * to.c_stride;
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      SumOf<T>* at = row + v * kLanes<T>;
      hn::StoreU(to.add ? hn::Add(hn::LoadU(d, at), sums[r][v]) : sums[r][v], d, at);
    }
  }
}

// `tiles` tiles of two vectors of columns, one beside the other from the beginning of a panel on, or within one: the
// rows of A stay in the L1 cache, and C is written along its rows.
template <class T, size_t kRows, class A>
HWY_NOINLINE void multiply_tiles(A a, Columns<T> to, size_t tiles) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  constexpr size_t kInPanel = kPanel<T> / kColumns;
  for (size_t tile = 0; tile < tiles; ++tile) {
    multiply_tile<T, kRows, 2>(a, to);
    to.b += (tile + 1) % kInPanel == 0 ? to.panel_step - (kInPanel - 1) * kColumns : kColumns;
    to.start += to.start_step;
    to.c += kColumns;
  }
}

// One tile of one or two vectors, of which only the columns [from, to) are in C: through a buffer. columns.c is where
// column `from` goes.
template <class T, size_t kRows, class A>
HWY_NOINLINE void multiply_edge(A a, Columns<T> columns, size_t from, size_t to) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  const SumTag<T> d;
  HWY_ALIGN_MAX SumOf<T> buffer[kRows * kColumns];
  Columns<T> inside = columns;
  inside.c = buffer;
  inside.c_stride = kColumns;
  inside.add = false;
  if (to <= kLanes<T>) {
    multiply_tile<T, kRows, 1>(a, inside);
  } else {
    multiply_tile<T, kRows, 2>(a, inside);
  }
  for (size_t r = 0; r < kRows; ++r) {
    SumOf<T>* to_row = columns.c + r * columns.c_stride;
    const SumOf<T>* from_row = buffer + r * kColumns;
    size_t j = from;
    for (; j + kLanes<T> <= to; j += kLanes<T>, to_row += kLanes<T>) {
      const auto sums = hn::LoadU(d, from_row + j);
      hn::StoreU(columns.add ? hn::Add(hn::LoadU(d, to_row), sums) : sums, d, to_row);
    }
    for (; j < to; ++j, ++to_row) *to_row = columns.add ? *to_row + from_row[j] : from_row[j];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
