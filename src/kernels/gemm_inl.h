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
// multiply-adds, the first from the bias, the others from zero, added up in C. (Tiles of AMX begin all others from C.)

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

// Units of a turned A of bf16 that are packed at a time: 96 KB of the stack, which the L2 cache holds beside the rest.
constexpr size_t kPackedUnits = 24576;
constexpr size_t kSlab = 2 * kDepth;  // of k, in units

// A block of rows of A, of which chunks of k are taken: as they lie, along rows or columns, or packed chunk by chunk.
template <class T>
struct PlainBlock {
  PlainRows<T> rows;
  HWY_INLINE PlainRows<T> chunk(size_t unit, size_t) const {
    return {rows.data + unit * Operand<T>::kValues, rows.stride};
  }
};

template <class T>
struct TurnedBlock {
  TurnedRows<T> rows;
  HWY_INLINE TurnedRows<T> chunk(size_t unit, size_t) const { return {rows.data + unit * rows.stride, rows.stride}; }
};

template <class T>
struct PackedBlock {
  const UnitOf<T>* data;
  size_t rows;
  HWY_INLINE PackedTiles<T> chunk(size_t unit, size_t units) const { return {data + unit * rows, units}; }
};

// Units of B that meet all rows before the next do: 128 KB, which the L2 cache holds beside the rest.
template <class T>
constexpr size_t kGroupUnits = 131072 / sizeof(UnitOf<T>);

// Rows [row, row + rows) of C, and the values [begin, begin + k) along k.
struct Block {
  size_t row, rows, begin, k;
};

// Panels of some columns of B, and how far they lie apart.
template <class T>
struct Panels {
  const UnitOf<T>* data;
  size_t step;
};

template <class T>
HWY_INLINE Panels<T> panels_of(const Product<T>& p, size_t column, const Range& range, size_t begin, size_t k,
                               UnitOf<T>* buffer) {
  constexpr size_t kWidth = kPanel<T>;
  if (p.layout == Layout::kPanels) {
    const size_t step = units_of<T>(p.packed_k) * kWidth;
    const UnitOf<T>* first = static_cast<const UnitOf<T>*>(p.b) + (p.first + column) / kWidth * step;
    return {first + (p.first_k + begin) / Operand<T>::kValues * kWidth, step};
  }
  constexpr size_t kColumns = 2 * kLanes<T>;
  const size_t step = units_of<T>(k) * kWidth;
  const size_t along = p.layout == Layout::kRows ? p.b_stride : 1, down = p.layout == Layout::kRows ? 1 : p.b_stride;
  const T* b = static_cast<const T*>(p.b) + column * along + begin * down;
  UnitOf<T>* panel = buffer;
  for (size_t done = 0; done < range.width; done += kWidth, panel += step, b += kWidth * along) {
    const size_t count = range.width - done < kWidth ? range.width - done : kWidth;
    pack_panel(p.layout, b, p.b_stride, count, (count + kColumns - 1) / kColumns * kColumns, k, panel);
  }
  return {buffer, step};
}

template <class T>
HWY_INLINE void finish_block(const Product<T>& p, const Block& block, size_t column, size_t width) {
  if (p.activation == Activation::kNone && p.before == nullptr) return;
  for (size_t r = block.row; r < block.row + block.rows; ++r) {
    SumOf<T>* before = p.before == nullptr ? nullptr : p.before + r * p.before_stride + column;
    finish_row(p.activation, p.c + r * p.c_stride + column, before, width);
  }
}

// All columns of a block of rows: a group of panels at a time, all rows over it.
template <class T, class A>
void multiply_block(const Product<T>& p, const A& a, const Block& block) {
  constexpr size_t kWidth = kPanel<T>;
  constexpr size_t kChunk = kDepth * Operand<T>::kValues;
  HWY_ALIGN_MAX UnitOf<T> buffer[kGroupUnits<T>];
  HWY_ALIGN_MAX const SumOf<T> zeros[2 * kLanes<T>] = {};
  const size_t end = block.begin + block.k;
  const size_t deepest = units_of<T>(block.k < kChunk ? block.k : kChunk);
  const size_t most = kGroupUnits<T> / (deepest * kWidth) * kWidth;  // columns
  for (size_t column = 0; column < p.n;) {
    const size_t from = p.layout == Layout::kPanels ? (p.first + column) % kWidth : 0;
    const Range range{from, most - from < p.n - column ? most - from : p.n - column};
    for (size_t i = block.begin; i < end; i += kChunk) {
      const size_t k = end - i < kChunk ? end - i : kChunk;
      const Panels<T> panels = panels_of(p, column, range, i, k, buffer);
      SumOf<T>* c = p.c + block.row * p.c_stride + column;
      const Columns<T> columns{panels.data, panels.step, k, zeros, 0, c, p.c_stride, p.add || i > 0};
      const SumOf<T>* bias = i == 0 && p.bias != nullptr ? p.bias + column : nullptr;
      multiply_rows<T>(a.chunk((i - block.begin) / Operand<T>::kValues, units_of<T>(k)), columns, bias, range,
                       block.rows);
    }
    if (end == p.k) finish_block(p, block, column, range.width);
    column += range.width;
  }
}

template <class T>
HWY_INLINE void multiply_plain(const Product<T>& p) {
  multiply_block(p, PlainBlock<T>{{p.a, p.a_stride}}, {0, p.m, 0, p.k});
}

// Of `rows` columns a tile, at most kRows.
template <class T, size_t kRows = kTileRows>
HWY_INLINE void pack_tiles_of(size_t rows, const T* a, size_t stride, size_t k, size_t tiles, UnitOf<T>* to) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return pack_tiles_of<T, kRows - 1>(rows, a, stride, k, tiles, to);
  }
  pack_tiles<kRows>(a, stride, k, tiles, to);
}

template <class T>
HWY_INLINE void pack_block(const Product<T>& p, const Block& block, UnitOf<T>* to) {
  constexpr size_t kChunk = kDepth * Operand<T>::kValues;
  const TileCut cut = cut_tiles(block.rows);
  const size_t split = cut.thick * (cut.rows_of_thin + 1);
  for (size_t i = 0; i < block.k; i += kChunk) {
    const size_t k = block.k - i < kChunk ? block.k - i : kChunk;
    const T* a = p.a + (block.begin + i) * p.a_stride + block.row;
    pack_tiles_of<T>(cut.rows_of_thin + 1, a, p.a_stride, k, cut.thick, to);
    pack_tiles_of<T>(cut.rows_of_thin, a + split, p.a_stride, k, cut.thin, to + split * units_of<T>(k));
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
  if (!p.a_turned) return multiply_plain(p);
  if constexpr (Operand<T>::kValues == 1) {
    multiply_block(p, TurnedBlock<T>{{p.a, p.a_stride}}, {0, p.m, 0, p.k});
  } else {
    multiply_turned(p);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
