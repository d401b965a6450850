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

// A part of a panel, and the part of C that it is for.
template <class T>
struct TileColumns {
  const UnitOf<T>* b;     // [units][kPanel]
  size_t k;               // values
  const SumOf<T>* start;  // what the sum of each column begins with; a vector for each of B
  SumOf<T>* c;
  size_t c_stride;
  bool add;

  HWY_INLINE TileColumns rows_from(size_t row) const { return {b, k, start, c + row * c_stride, c_stride, add}; }
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
HWY_INLINE void multiply_tile(const A& a, const TileColumns<T>& to) {
  const SumTag<T> d;
  hn::Vec<SumTag<T>> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (size_t v = 0; v < kVectors; ++v) {
    const auto start = hn::Load(d, to.start + v * kLanes<T>);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) sums[r][v] = start;
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

// `tiles` tiles of kRows rows, one below the other.
template <class T, size_t kRows, size_t kVectors, class A>
HWY_NOINLINE void multiply_tiles(A a, TileColumns<T> to, size_t tiles) {
  for (; tiles > 0; --tiles) {
    multiply_tile<T, kRows, kVectors>(a, to);
    a = a.from(kRows);
    to = to.rows_from(kRows);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
