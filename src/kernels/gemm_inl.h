#if defined(ATTUNE_KERNELS_GEMM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_INL_H
#undef ATTUNE_KERNELS_GEMM_INL_H
#else
#define ATTUNE_KERNELS_GEMM_INL_H
#endif

// The loops of a product around its register tile. Internal to this folder; compiled once for each instruction set,
// inside the files that include it.
//
// An element of C is the same wherever it is computed: chunks of kDepth units of k in order, each a chain of
// multiply-adds, the first from the bias, the others from zero, added up in C.

#include <hwy/highway.h>

#include "kernels/gemm_epilogue_inl.h"
#include "kernels/gemm_pack_inl.h"
#include "kernels/gemm_panel_inl.h"
#include "kernels/gemm_product.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Units of a turned A that are packed at a time: 96 KB of the stack, which the L2 cache holds beside the rest.
constexpr size_t kPackedUnits = 24576;
constexpr size_t kSlab = 2 * kDepth;  // of k, in units

// A block of rows of A, of which chunks of k are taken: as they lie, or packed chunk by chunk.
template <class T>
struct PlainBlock {
  PlainRows<T> rows;
  HWY_INLINE PlainRows<T> chunk(size_t unit, size_t) const {
    return {rows.data + unit * Operand<T>::kValues, rows.stride};
  }
};

template <class T>
struct PackedBlock {
  const UnitOf<T>* data;
  size_t rows;
  HWY_INLINE PackedTiles<T> chunk(size_t unit, size_t units) const { return {data + unit * rows, units}; }
};

// Rows [row, row + rows) of C, and the values [begin, begin + k) along k.
struct Block {
  size_t row, rows, begin, k;
};

// The bias of `width` columns of a panel from column `from` on; the rest of the panel begins with zeros.
template <class T>
HWY_INLINE void set_start(const SumOf<T>* bias, size_t from, size_t width, SumOf<T>* start) {
  for (size_t j = 0; j < kPanel<T>; ++j) start[j] = SumOf<T>{0};
  if (bias == nullptr) return;
  for (size_t j = 0; j < width; ++j) start[from + j] = bias[j];
}

template <class T>
HWY_INLINE const UnitOf<T>* panel_of(const Product<T>& p, size_t column, size_t width, size_t begin, size_t k,
                                     UnitOf<T>* buffer) {
  constexpr size_t kWidth = kPanel<T>;
  if (p.layout == Layout::kPanels) {
    const size_t panel = (p.first + column) / kWidth;
    return static_cast<const UnitOf<T>*>(p.b) + (panel * units_of<T>(p.k) + begin / Operand<T>::kValues) * kWidth;
  }
  const T* b = static_cast<const T*>(p.b);
  b += p.layout == Layout::kRows ? column * p.b_stride + begin : begin * p.b_stride + column;
  pack_panel(p.layout, b, p.b_stride, width, k, buffer);
  return buffer;
}

template <class T>
HWY_INLINE void finish_block(const Product<T>& p, const Block& block, size_t column, size_t width) {
  if (p.activation == Activation::kNone && p.before == nullptr) return;
  for (size_t r = block.row; r < block.row + block.rows; ++r) {
    SumOf<T>* before = p.before == nullptr ? nullptr : p.before + r * p.before_stride + column;
    finish_row(p.activation, p.c + r * p.c_stride + column, before, width);
  }
}

// All columns of a block of rows.
template <class T, class A>
void multiply_block(const Product<T>& p, const A& a, const Block& block) {
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kChunk = kDepth * Operand<T>::kValues;
  HWY_ALIGN_MAX UnitOf<T> buffer[kDepth * kWidth];
  HWY_ALIGN_MAX SumOf<T> start[kWidth];
  const size_t end = block.begin + block.k;
  const size_t shift = p.layout == Layout::kPanels ? p.first % kWidth : 0;
  for (size_t column = 0; column < p.n;) {
    const size_t from = column == 0 ? shift : 0;
    const size_t width = kWidth - from < p.n - column ? kWidth - from : p.n - column;
    for (size_t i = block.begin; i < end; i += kChunk) {
      const size_t k = end - i < kChunk ? end - i : kChunk;
      if (i == block.begin || i == kChunk)
        set_start<T>(i == 0 && p.bias ? p.bias + column : nullptr, from, width, start);
      const UnitOf<T>* panel = panel_of(p, column, width, i, k, buffer);
      SumOf<T>* c = p.c + block.row * p.c_stride + column;
      const TileColumns<T> columns{panel, k, start, c, p.c_stride, p.add || i > 0};
      multiply_panel<T>(a.chunk((i - block.begin) / Operand<T>::kValues, units_of<T>(k)), columns, block.rows, from,
                        from + width);
    }
    if (end == p.k) finish_block(p, block, column, width);
    column += width;
  }
}

template <class T>
HWY_INLINE void multiply_plain(const Product<T>& p) {
  const size_t fitting = (size_t{256} << 10) / (sizeof(T) * (p.k + 1)) / 84 * 84;
  const size_t step = fitting < 84 ? 84 : fitting;  // rows of A that the L2 cache holds
  for (size_t row = 0; row < p.m; row += step) {
    const size_t rows = p.m - row < step ? p.m - row : step;
    multiply_block(p, PlainBlock<T>{{p.a + row * p.a_stride, p.a_stride}}, {row, rows, 0, p.k});
  }
}

// `tiles` tiles of `rows` columns of A, at most kRows.
template <class T, size_t kRows = kTileRows>
HWY_INLINE void pack_tiles(size_t rows, const T* a, size_t stride, size_t k, size_t tiles, UnitOf<T>* to) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return pack_tiles<T, kRows - 1>(rows, a, stride, k, tiles, to);
  }
  for (size_t tile = 0; tile < tiles; ++tile, a += kRows, to += kRows * units_of<T>(k)) {
    pack_tile<kRows>(a, stride, k, to);
  }
}

template <class T>
HWY_INLINE void pack_block(const Product<T>& p, const Block& block, UnitOf<T>* to) {
  constexpr size_t kChunk = kDepth * Operand<T>::kValues;
  const TileCut cut = cut_tiles(block.rows);
  const size_t split = cut.thick * (cut.rows_of_thin + 1);
  for (size_t i = 0; i < block.k; i += kChunk) {
    const size_t k = block.k - i < kChunk ? block.k - i : kChunk;
    const T* a = p.a + (block.begin + i) * p.a_stride + block.row;
    pack_tiles<T>(cut.rows_of_thin + 1, a, p.a_stride, k, cut.thick, to);
    pack_tiles<T>(cut.rows_of_thin, a + split, p.a_stride, k, cut.thin, to + split * units_of<T>(k));
    to += block.rows * units_of<T>(k);
  }
}

template <class T>
HWY_INLINE void multiply_turned(const Product<T>& p) {
  HWY_ALIGN_MAX UnitOf<T> buffer[kPackedUnits];
  constexpr size_t kSlabValues = kSlab * Operand<T>::kValues;
  for (size_t begin = 0; begin < p.k; begin += kSlabValues) {
    const size_t k = p.k - begin < kSlabValues ? p.k - begin : kSlabValues;
    const size_t step = kPackedUnits / units_of<T>(k) / kTileRows * kTileRows;
    for (size_t row = 0; row < p.m; row += step) {
      const Block block{row, p.m - row < step ? p.m - row : step, begin, k};
      pack_block(p, block, buffer);
      multiply_block(p, PackedBlock<T>{buffer, block.rows}, block);
    }
  }
}

// Nothing to sum: C is the bias, after what it held with `add`.
template <class T>
HWY_INLINE void fill(const Product<T>& p) {
  for (size_t r = 0; r < p.m; ++r) {
    for (size_t j = 0; j < p.n; ++j) {
      SumOf<T>& c = p.c[r * p.c_stride + j];
      c = (p.bias == nullptr ? SumOf<T>{0} : p.bias[j]) + (p.add ? c : SumOf<T>{0});
    }
  }
  finish_block(p, {0, p.m, 0, 0}, 0, p.n);
}

template <class T>
HWY_INLINE void multiply_product(const Product<T>& p) {
  if (p.k == 0) return fill(p);
  if (p.a_turned) return multiply_turned(p);
  multiply_plain(p);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
