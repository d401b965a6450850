#if defined(ATTUNE_KERNELS_ATTENTION_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_ATTENTION_TILE_INL_H
#undef ATTUNE_KERNELS_ATTENTION_TILE_INL_H
#else
#define ATTUNE_KERNELS_ATTENTION_TILE_INL_H
#endif

// The small products that attention is made of: a register tile over panels that were packed for the sequence. Internal
// to this folder; compiled once for each instruction set, inside the files that include it. Products of whole matrices
// are in gemm.h; here a tile has as many rows and columns as the mask shows, and its first factor may lie transposed.

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums, two vectors of a panel and a value of the other factor must fit the registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr size_t kRowsOfTile = 14;
#else
constexpr size_t kRowsOfTile = 6;
#endif

template <class T>
constexpr size_t kVectorOf = hn::MaxLanes(hn::ScalableTag<T>());
template <class T>
constexpr size_t kPanelOf = 2 * kVectorOf<T>;  // columns

// c[r][j] = (or +=) factors[r] * sum over i < k of a(r, i) * b[i][j]; b is a panel, [k][kPanelOf]; no factors are ones.
template <class T>
struct TileProduct {
  const T* a;
  size_t a_stride;
  const T* b;
  size_t k;
  T* c;
  size_t c_stride;
  const T* factors = nullptr;
  bool add = false;
};

enum class Lies { kAsIs, kTransposed };  // a(r, i) is a[r * stride + i], or a[i * stride + r]

template <size_t kRows, size_t kVectors, Lies kLies, class T>
HWY_NOINLINE void multiply_tile(const TileProduct<T>& p) {
  const hn::ScalableTag<T> d;
  constexpr size_t kLanes = kVectorOf<T>;
  hn::Vec<hn::ScalableTag<T>> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  const T *a = p.a, *b = p.b;
  const size_t stride = p.a_stride;
  for (size_t i = p.k; i > 0; --i, b += kPanelOf<T>, a += kLies == Lies::kAsIs ? 1 : stride) {
    hn::Vec<hn::ScalableTag<T>> columns[kVectors];
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) columns[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const auto value = hn::Set(d, kLies == Lies::kAsIs ? a[r * stride] : a[r]);
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(value, columns[v], sums[r][v]);
    }
  }
  T* c = p.c;
  const size_t c_stride = p.c_stride;
  if (const T* factors = p.factors; factors != nullptr) {
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const auto factor = hn::Set(d, factors[r]);
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Mul(sums[r][v], factor);
    }
  }
  if (p.add) {
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::Add(sums[r][v], hn::LoadU(d, c + r * c_stride + v * kLanes));
      }
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[r][v], d, c + r * c_stride + v * kLanes);
  }
}

template <size_t kRows, size_t kVectors, Lies kLies, class T>
HWY_INLINE void multiply_rows(size_t rows, const TileProduct<T>& p) {
  if constexpr (kRows > 0) {
    if (rows == kRows) {
      multiply_tile<kRows, kVectors, kLies>(p);
    } else {
      multiply_rows<kRows - 1, kVectors, kLies>(rows, p);
    }
  }
}

// `rows` at most kRowsOfTile, `columns` at most kPanelOf. C has room for whole vectors.
template <Lies kLies, class T>
HWY_INLINE void multiply_roomy(size_t rows, size_t columns, const TileProduct<T>& p) {
  if (columns > kVectorOf<T>) {
    multiply_rows<kRowsOfTile, 2, kLies>(rows, p);
  } else {
    multiply_rows<kRowsOfTile, 1, kLies>(rows, p);
  }
}

// The same where C ends with its columns.
template <Lies kLies, class T>
HWY_INLINE void multiply(size_t rows, size_t columns, const TileProduct<T>& p) {
  if (columns % kVectorOf<T> == 0) return multiply_roomy<kLies>(rows, columns, p);
  HWY_ALIGN T buffer[kRowsOfTile * kPanelOf<T>];
  TileProduct<T> aside = p;
  aside.c = buffer;
  aside.c_stride = kPanelOf<T>;
  aside.add = false;
  multiply_roomy<kLies>(rows, columns, aside);
  for (size_t r = 0; r < rows; ++r) {
    T* to = p.c + r * p.c_stride;
    for (size_t j = 0; j < columns; ++j) to[j] = (p.add ? to[j] : T{0}) + buffer[r * kPanelOf<T> + j];
  }
}

// A range of n things in nearly equal parts of at most kRowsOfTile.
struct Tiling {
  size_t n, count;

  HWY_INLINE explicit Tiling(size_t size) : n(size), count((size + kRowsOfTile - 1) / kRowsOfTile) {}
  HWY_INLINE size_t begin(size_t tile) const { return n * tile / count; }
};

// Four columns of four rows, turned round.
template <class T>
struct FourRows {
  const T* row[4];

  HWY_INLINE FourRows(BasicMatrixView<const T> x, size_t first) {
    for (size_t r = 0; r < 4; ++r) {
      row[r] = x.data + (first + r < x.rows ? first + r : x.rows - 1) * x.stride;  // past the end, the last again
    }
  }
};

#if HWY_TARGET == HWY_SCALAR
template <class T>
HWY_INLINE void turn(const FourRows<T>& from, size_t i, T factor, T* to) {
  for (size_t c = 0; c < 4; ++c) {
    for (size_t r = 0; r < 4; ++r) to[c * kPanelOf<T> + r] = factor * from.row[r][i + c];
  }
}
#else
HWY_INLINE void turn(const FourRows<float>& from, size_t i, float factor, float* to) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const auto scale = hn::Set(d, factor);
  const auto r0 = hn::Mul(hn::LoadU(d, from.row[0] + i), scale), r1 = hn::Mul(hn::LoadU(d, from.row[1] + i), scale);
  const auto r2 = hn::Mul(hn::LoadU(d, from.row[2] + i), scale), r3 = hn::Mul(hn::LoadU(d, from.row[3] + i), scale);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + kPanelOf<float>);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * kPanelOf<float>);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * kPanelOf<float>);
}

HWY_INLINE void turn(const FourRows<double>& from, size_t i, double factor, double* to) {
  for (size_t c = 0; c < 4; ++c) {
    for (size_t r = 0; r < 4; ++r) to[c * kPanelOf<double> + r] = factor * from.row[r][i + c];
  }
}
#endif

// The rows of x as columns of panels, times `factor`: panel p is [x.columns][kPanelOf]. Columns past the rows of x hold
// anything: what is computed from them is never read.
template <class T>
void pack_turned(BasicMatrixView<const T> x, T factor, T* panels) {
  constexpr size_t kWidth = kPanelOf<T>;
  static_assert(kWidth == 2 || kWidth % 4 == 0);
  constexpr size_t kStep = kWidth < 4 ? kWidth : 4;  // a panel of two columns takes half of a square
  for (size_t first = 0; first < x.rows; first += kWidth, panels += kWidth * x.columns) {
    for (size_t row = 0; row < kWidth && first + row < x.rows; row += kStep) {
      const FourRows<T> from(x, first + row);
      size_t i = 0;
      if (kStep == 4) {
        for (; i + 4 <= x.columns; i += 4) turn(from, i, factor, panels + i * kWidth + row);
      }
      for (; i < x.columns; ++i) {
        for (size_t r = 0; r < kStep; ++r) panels[i * kWidth + row + r] = factor * from.row[r][i];
      }
    }
  }
}

// The columns of x as columns of panels, times `factor`: panel p is [x.rows][kPanelOf], zero where x ends.
template <class T>
void pack_straight(BasicMatrixView<const T> x, T factor, T* panels) {
  const hn::ScalableTag<T> d;
  constexpr size_t kWidth = kPanelOf<T>;
  const auto scale = hn::Set(d, factor);
  for (size_t first = 0; first < x.columns; first += kWidth) {
    const size_t count = x.columns - first < kWidth ? x.columns - first : kWidth;
    for (size_t r = 0; r < x.rows; ++r, panels += kWidth) {
      const T* from = x.data + r * x.stride + first;
      if (count == kWidth) {
        hn::StoreU(hn::Mul(scale, hn::LoadU(d, from)), d, panels);
        hn::StoreU(hn::Mul(scale, hn::LoadU(d, from + kVectorOf<T>)), d, panels + kVectorOf<T>);
      } else {
        for (size_t j = 0; j < kWidth; ++j) panels[j] = j < count ? factor * from[j] : T{0};
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
