#include "kernels/gemm.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#include "base/check.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

// How it works. B lies in panels of kPanel rows (128 bytes), each [k][kPanel], on every instruction set alike. A
// register tile of kTileRows rows of A times two vectors of a panel keeps its sums in registers over a chunk of kDepth
// values of k and then adds them to C. An element of C is therefore always the same: chunks in order, each a chain of
// multiply-adds from zero.
#ifndef ATTUNE_KERNELS_GEMM_ONCE
#define ATTUNE_KERNELS_GEMM_ONCE
namespace attune::kernels {
namespace {

template <class T>
constexpr std::size_t kPanel = 128 / sizeof(T);

constexpr std::size_t kDepth = 128;  // a chunk of a panel is 16 KB of float, and half of the L1 cache

// How the second factor lies in memory.
enum class Layout {
  kRows,     // B [n, k], row-major: packed on the way
  kColumns,  // B [k, n], row-major: copied into panels on the way
  kPanels,   // packed before
};

template <class T>
struct Product {
  const T* a;
  std::size_t a_stride;
  const T* b;
  std::size_t b_stride;
  T* c;
  std::size_t c_stride;
  std::size_t m, n, k;
  std::size_t first;  // the row of B that is column 0 of C; only with kPanels
  Layout layout;
  bool add;
};

}  // namespace
}  // namespace attune::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums, two vectors of B and a value of A must fit the registers: 32 of them with AVX-512 and NEON, 16 elsewhere.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr size_t kTileRows = 14;
#else
constexpr size_t kTileRows = 6;
#endif

template <class T>
constexpr size_t kTileColumns = 2 * hn::MaxLanes(hn::ScalableTag<T>());

// c[r][j] = or += sum over k of a[r][k] * b[k][j], for kRows rows and two vectors of columns.
template <size_t kRows, class T>
HWY_INLINE void multiply_tile(const T* HWY_RESTRICT a, size_t a_stride, const T* HWY_RESTRICT b, size_t k,
                              T* HWY_RESTRICT c, size_t c_stride, bool add) {
  const hn::ScalableTag<T> d;
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  hn::Vec<hn::ScalableTag<T>> sums[kRows][2];
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) sums[r][0] = sums[r][1] = hn::Zero(d);
  for (size_t i = 0; i < k; ++i, b += kPanel<T>) {
    const auto b0 = hn::Load(d, b);
    const auto b1 = hn::Load(d, b + kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const auto value = hn::Set(d, a[r * a_stride + i]);
      sums[r][0] = hn::MulAdd(value, b0, sums[r][0]);
      sums[r][1] = hn::MulAdd(value, b1, sums[r][1]);
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < kRows; ++r) {
    T* to = c + r * c_stride;
    if (add) {
      sums[r][0] = hn::Add(hn::LoadU(d, to), sums[r][0]);
      sums[r][1] = hn::Add(hn::LoadU(d, to + kLanes), sums[r][1]);
    }
    hn::StoreU(sums[r][0], d, to);
    hn::StoreU(sums[r][1], d, to + kLanes);
  }
}

// Whole tiles from the top, then one tile of what is left, at most kRows rows.
template <size_t kRows, class T>
HWY_INLINE void multiply_rows(const T* a, size_t a_stride, const T* b, size_t k, T* c, size_t c_stride, size_t rows,
                              bool add) {
  for (; rows >= kRows; rows -= kRows, a += kRows * a_stride, c += kRows * c_stride) {
    multiply_tile<kRows>(a, a_stride, b, k, c, c_stride, add);
  }
  if constexpr (kRows > 1) {
    if (rows > 0) multiply_rows<kRows - 1>(a, a_stride, b, k, c, c_stride, rows, add);
  }
}

// Columns [from, to) of one tile, where the tile hangs over the edge of C: through a buffer that has room for all of
// it.
template <class T>
HWY_NOINLINE void multiply_edge(const T* a, size_t a_stride, const T* b, size_t k, T* c, size_t c_stride, size_t rows,
                                size_t from, size_t to, bool add) {
  constexpr size_t kColumns = kTileColumns<T>;
  HWY_ALIGN T buffer[kTileRows * kColumns];
  for (size_t r = 0; r < rows; r += kTileRows) {
    const size_t count = rows - r < kTileRows ? rows - r : kTileRows;
    multiply_rows<kTileRows>(a + r * a_stride, a_stride, b, k, buffer, kColumns, count, false);
    for (size_t i = 0; i < count; ++i) {
      T* row = c + (r + i) * c_stride;
      for (size_t j = from; j < to; ++j) {
        row[j - from] = add ? row[j - from] + buffer[i * kColumns + j] : buffer[i * kColumns + j];
      }
    }
  }
}

// Columns [from, to) of a panel times `rows` rows of A; c is where column `from` goes.
template <class T>
HWY_INLINE void multiply_panel(const T* a, size_t a_stride, const T* panel, size_t k, T* c, size_t c_stride,
                               size_t rows, size_t from, size_t to, bool add) {
  constexpr size_t kColumns = kTileColumns<T>;
  for (size_t tile = from / kColumns * kColumns; tile < to; tile += kColumns) {
    const size_t first = from > tile ? from - tile : 0;
    const size_t last = to - tile < kColumns ? to - tile : kColumns;
    T* target = c + (tile + first - from);
    if (first == 0 && last == kColumns) {
      multiply_rows<kTileRows>(a, a_stride, panel + tile, k, target, c_stride, rows, add);
    } else {
      multiply_edge(a, a_stride, panel + tile, k, target, c_stride, rows, first, last, add);
    }
  }
}

// A square of four rows and columns, turned round in registers.
#if HWY_TARGET == HWY_SCALAR
template <class T>
HWY_INLINE void transpose(const T* from, size_t stride, T* to, size_t to_stride) {
  for (size_t r = 0; r < 4; ++r) {
    for (size_t c = 0; c < 4; ++c) to[c * to_stride + r] = from[r * stride + c];
  }
}
#else
HWY_INLINE void transpose(const float* from, size_t stride, float* to, size_t to_stride) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const auto r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
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

// Packs `count` rows of B, at most a panel, into [k][kPanel]; the columns after them become zero.
template <class T>
HWY_INLINE void pack_rows(const T* b, size_t stride, size_t count, size_t k, T* panel) {
  constexpr size_t kWidth = kPanel<T>;
  size_t row = 0;
  for (; row + 4 <= count; row += 4) {
    size_t i = 0;
    for (; i + 4 <= k; i += 4) transpose(b + row * stride + i, stride, panel + i * kWidth + row, kWidth);
    for (; i < k; ++i) {
      for (size_t r = row; r < row + 4; ++r) panel[i * kWidth + r] = b[r * stride + i];
    }
  }
  for (; row < kWidth; ++row) {
    for (size_t i = 0; i < k; ++i) panel[i * kWidth + row] = row < count ? b[row * stride + i] : T{0};
  }
}

// The same for `count` columns of a B that lies [k, n].
template <class T>
HWY_INLINE void pack_columns(const T* b, size_t stride, size_t count, size_t k, T* panel) {
  const hn::ScalableTag<T> d;
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  for (size_t i = 0; i < k; ++i, b += stride, panel += kWidth) {
    if (count == kWidth) {
      for (size_t j = 0; j < kWidth; j += kLanes) hn::Store(hn::LoadU(d, b + j), d, panel + j);
    } else {
      for (size_t j = 0; j < kWidth; ++j) panel[j] = j < count ? b[j] : T{0};
    }
  }
}

template <class T>
void pack(const T* b, size_t stride, size_t rows, size_t k, T* panels) {
  for (size_t row = 0; row < rows; row += kPanel<T>, panels += kPanel<T> * k) {
    const size_t count = rows - row < kPanel<T> ? rows - row : kPanel<T>;
    pack_rows(b + row * stride, stride, count, k, panels);
  }
}

// Rows of A that are multiplied at a time: few enough for their values to stay in the L2 cache.
template <class T>
HWY_INLINE size_t block_rows(size_t k) {
  const size_t fitting = (size_t{256} << 10) / (sizeof(T) * (k + 1)) / 84 * 84;
  return fitting < 84 ? 84 : fitting;
}

template <class T>
HWY_INLINE void multiply_block(const Product<T>& p, size_t row, size_t rows) {
  constexpr size_t kWidth = kPanel<T>;
  HWY_ALIGN_MAX T buffer[kDepth * kWidth];
  const size_t shift = p.layout == Layout::kPanels ? p.first % kWidth : 0;
  for (size_t column = 0; column < p.n;) {
    const size_t from = column == 0 ? shift : 0;
    const size_t width = kWidth - from < p.n - column ? kWidth - from : p.n - column;
    for (size_t i = 0; i < p.k; i += kDepth) {
      const size_t depth = p.k - i < kDepth ? p.k - i : kDepth;
      const T* panel = buffer;
      if (p.layout == Layout::kRows) {
        pack_rows(p.b + column * p.b_stride + i, p.b_stride, width, depth, buffer);
      } else if (p.layout == Layout::kColumns) {
        pack_columns(p.b + i * p.b_stride + column, p.b_stride, width, depth, buffer);
      } else {
        panel = p.b + (p.first + column) / kWidth * kWidth * p.k + i * kWidth;
      }
      multiply_panel(p.a + row * p.a_stride + i, p.a_stride, panel, depth, p.c + row * p.c_stride + column, p.c_stride,
                     rows, from, from + width, p.add || i > 0);
    }
    column += width;
  }
}

template <class T>
void multiply(const Product<T>& p) {
  if (p.k == 0 && !p.add) {
    for (size_t r = 0; r < p.m; ++r) {
      for (size_t j = 0; j < p.n; ++j) p.c[r * p.c_stride + j] = T{0};
    }
    return;
  }
  const size_t step = block_rows<T>(p.k);
  for (size_t row = 0; row < p.m; row += step) multiply_block(p, row, p.m - row < step ? p.m - row : step);
}

void pack_f32(const float* b, size_t stride, size_t rows, size_t k, float* panels) { pack(b, stride, rows, k, panels); }
void pack_f64(const double* b, size_t stride, size_t rows, size_t k, double* panels) {
  pack(b, stride, rows, k, panels);
}
void multiply_f32(const Product<float>& p) { multiply(p); }
void multiply_f64(const Product<double>& p) { multiply(p); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(pack_f32);
HWY_EXPORT(pack_f64);
HWY_EXPORT(multiply_f32);
HWY_EXPORT(multiply_f64);

namespace {

void multiply(const Product<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(multiply_f32)(p); }
void multiply(const Product<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(multiply_f64)(p); }
void pack(BasicMatrixView<const float> b, float* to) {
  HWY_DYNAMIC_DISPATCH(pack_f32)(b.data, b.stride, b.rows, b.columns, to);
}
void pack(BasicMatrixView<const double> b, double* to) {
  HWY_DYNAMIC_DISPATCH(pack_f64)(b.data, b.stride, b.rows, b.columns, to);
}

constexpr std::align_val_t kAlignment{64};

template <class T>
void multiply_by_rows(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c,
                      Accumulate add) noexcept {
  ATTUNE_CHECK(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows);
  multiply(Product<T>{a.data, a.stride, b.data, b.stride, c.data, c.stride, a.rows, b.rows, a.columns, 0, Layout::kRows,
                      add == Accumulate::kYes});
}

template <class T>
void multiply_by_columns(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c,
                         Accumulate add) noexcept {
  ATTUNE_CHECK(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns);
  multiply(Product<T>{a.data, a.stride, b.data, b.stride, c.data, c.stride, a.rows, b.columns, a.columns, 0,
                      Layout::kColumns, add == Accumulate::kYes});
}

template <class T>
void multiply_by_panels(BasicMatrixView<const T> a, const PackedRows<T>& b, std::size_t first,
                        BasicMatrixView<T> c) noexcept {
  ATTUNE_CHECK(a.columns == b.columns() && c.rows == a.rows && first <= b.rows() && c.columns <= b.rows() - first);
  multiply(Product<T>{a.data, a.stride, b.data(), 0, c.data, c.stride, a.rows, c.columns, a.columns, first,
                      Layout::kPanels, false});
}

}  // namespace

void gemm_nt(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate add) noexcept {
  multiply_by_rows(a, b, c, add);
}
void gemm_nt(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate add) noexcept {
  multiply_by_rows(a, b, c, add);
}

void gemm_nn(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate add) noexcept {
  multiply_by_columns(a, b, c, add);
}
void gemm_nn(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate add) noexcept {
  multiply_by_columns(a, b, c, add);
}

void gemm_nt(BasicMatrixView<const float> a, const PackedRows<float>& b, std::size_t first,
             BasicMatrixView<float> c) noexcept {
  multiply_by_panels(a, b, first, c);
}
void gemm_nt(BasicMatrixView<const double> a, const PackedRows<double>& b, std::size_t first,
             BasicMatrixView<double> c) noexcept {
  multiply_by_panels(a, b, first, c);
}

template <class T>
PackedRows<T>::PackedRows(BasicMatrixView<const T> b) : rows_(b.rows), columns_(b.columns) {
  const std::size_t values = (rows_ + kPanel<T> - 1) / kPanel<T> * kPanel<T> * columns_;
  if (values == 0) return;
  data_ = static_cast<T*>(::operator new(values * sizeof(T), kAlignment));
  pack(b, data_);
}

template <class T>
PackedRows<T>::~PackedRows() {
  if (data_ != nullptr) ::operator delete(data_, kAlignment);
}

template <class T>
PackedRows<T>::PackedRows(PackedRows&& other) noexcept
    : rows_(std::exchange(other.rows_, 0)),
      columns_(std::exchange(other.columns_, 0)),
      data_(std::exchange(other.data_, nullptr)) {}

template <class T>
PackedRows<T>& PackedRows<T>::operator=(PackedRows&& other) noexcept {
  std::swap(rows_, other.rows_);
  std::swap(columns_, other.columns_);
  std::swap(data_, other.data_);
  return *this;
}

template class PackedRows<float>;
template class PackedRows<double>;

}  // namespace attune::kernels
#endif  // HWY_ONCE
