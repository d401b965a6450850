#if defined(ATTUNE_KERNELS_GEMM_PANEL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_PANEL_INL_H
#undef ATTUNE_KERNELS_GEMM_PANEL_INL_H
#else
#define ATTUNE_KERNELS_GEMM_PANEL_INL_H
#endif

// A block of rows of A times some panels of B: how it is cut into register tiles. Internal to this folder; compiled
// once for each instruction set, inside the files that include it.

#include <hwy/highway.h>

#include "kernels/gemm_product.h"
#include "kernels/gemm_tile_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// `rows` rows cut into tiles of at most kTileRows, as even as can be, since a thin tile takes as long as a thick one:
// `thick` tiles of `rows_of_thin + 1` rows, then `thin` tiles.
struct TileCut {
  size_t thick, thin, rows_of_thin;
};

HWY_INLINE TileCut cut_tiles(size_t rows) {
  const size_t tiles = (rows + kTileRows - 1) / kTileRows;
  const size_t least = tiles == 0 ? 0 : rows / tiles;
  const size_t thick = rows - least * tiles;
  return {thick, tiles - thick, least};
}

// A run of `width` columns, from column `from` of the first of some panels on.
struct Range {
  size_t from, width;
};

// What the columns [from, to) of a tile that hangs over the edge begin with, and the others with zero.
template <class T>
struct EdgeStart {
  HWY_ALIGN_MAX SumOf<T> values[2 * kLanes<T>] = {};

  HWY_INLINE EdgeStart(const SumOf<T>* bias, size_t from, size_t to) {
    for (size_t j = from; bias != nullptr && j < to; ++j) values[j] = bias[j - from];
  }
};

// How many whole tiles lie side by side from column `at` of the panels on: to the end of the run where they begin a
// panel, else to the end of theirs.
template <class T>
HWY_INLINE size_t whole_tiles(size_t at, size_t end) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  if (at % kColumns != 0) return 0;
  const size_t whole = (end - at) / kColumns, in_panel = (kPanel<T> - at % kPanel<T>) / kColumns;
  return at % kPanel<T> == 0 || whole < in_panel ? whole : in_panel;
}

// The rows of a tile times a run of columns. columns.c and bias are those of the first column of the run.
template <class T, size_t kRows, class A>
HWY_INLINE void multiply_run(const A& a, const Columns<T>& columns, const SumOf<T>* bias, const Range& range) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  const size_t end = range.from + range.width;
  for (size_t at = range.from; at < end;) {
    const size_t tile = at / kColumns * kColumns;
    Columns<T> part = columns;
    part.b += tile / kPanel<T> * columns.panel_step + tile % kPanel<T>;
    part.c += at - range.from;
    const SumOf<T>* part_bias = bias == nullptr ? nullptr : bias + (at - range.from);
    if (const size_t tiles = whole_tiles<T>(at, end); tiles > 0) {
      if (part_bias != nullptr) {
        part.start = part_bias;
        part.start_step = kColumns;
      }
      multiply_tiles<T, kRows>(a, part, tiles);
      at += tiles * kColumns;
    } else {
      const size_t stop = end < tile + kColumns ? end : tile + kColumns;
      const EdgeStart<T> start(part_bias, at - tile, stop - tile);
      part.start = start.values;
      multiply_edge<T, kRows>(a, part, at - tile, stop - tile);
      at = stop;
    }
  }
}

// The same for `tiles` tiles, one below the other.
template <class T, size_t kRows, class A>
HWY_NOINLINE void multiply_runs(A a, Columns<T> columns, const SumOf<T>* bias, Range range, size_t tiles) {
  for (size_t tile = 0; tile < tiles; ++tile) {
    multiply_run<T, kRows>(a, columns, bias, range);
    a = a.from(kRows);
    columns = columns.rows_from(kRows);
  }
}

// Of `rows` rows a tile, at most kRows.
template <class T, size_t kRows = kTileRows, class A>
HWY_INLINE void multiply_runs_of(size_t rows, const A& a, const Columns<T>& columns, const SumOf<T>* bias,
                                 const Range& range, size_t tiles) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return multiply_runs_of<T, kRows - 1>(rows, a, columns, bias, range, tiles);
  }
  multiply_runs<T, kRows>(a, columns, bias, range, tiles);
}

template <class T, class A>
HWY_INLINE void multiply_rows(const A& a, const Columns<T>& columns, const SumOf<T>* bias, const Range& range,
                              size_t rows) {
  const TileCut cut = cut_tiles(rows);
  const size_t split = cut.thick * (cut.rows_of_thin + 1);
  if (cut.thick > 0) multiply_runs_of<T>(cut.rows_of_thin + 1, a, columns, bias, range, cut.thick);
  if (cut.thin > 0) {
    multiply_runs_of<T>(cut.rows_of_thin, a.from(split), columns.rows_from(split), bias, range, cut.thin);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
