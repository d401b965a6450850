#if defined(ATTUNE_KERNELS_GEMM_PANEL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_PANEL_INL_H
#undef ATTUNE_KERNELS_GEMM_PANEL_INL_H
#else
#define ATTUNE_KERNELS_GEMM_PANEL_INL_H
#endif

// A panel of B times a block of rows of A: how it is cut into register tiles. Internal to this folder; compiled once
// for each instruction set, inside the files that include it.

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

// `tiles` tiles of `rows` rows, at most kRows.
template <class T, size_t kVectors, size_t kRows = kTileRows, class A>
HWY_INLINE void multiply_tiles_of(size_t rows, const A& a, const TileColumns<T>& to, size_t tiles) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return multiply_tiles_of<T, kVectors, kRows - 1>(rows, a, to, tiles);
  }
  multiply_tiles<T, kRows, kVectors>(a, to, tiles);
}

template <class T, size_t kVectors, class A>
HWY_INLINE void multiply_rows(const A& a, const TileColumns<T>& to, size_t rows) {
  const TileCut cut = cut_tiles(rows);
  const size_t split = cut.thick * (cut.rows_of_thin + 1);
  if (cut.thick > 0) multiply_tiles_of<T, kVectors>(cut.rows_of_thin + 1, a, to, cut.thick);
  if (cut.thin > 0) multiply_tiles_of<T, kVectors>(cut.rows_of_thin, a.from(split), to.rows_from(split), cut.thin);
}

// Columns [from, to) of tiles that hang over the edge of C: through a buffer that has room for all of them.
template <class T, class A>
HWY_NOINLINE void multiply_edge(A a, TileColumns<T> columns, size_t rows, size_t from, size_t to) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  constexpr size_t kBlock = 2 * kTileRows;
  HWY_ALIGN_MAX SumOf<T> buffer[kBlock * kColumns];
  const TileColumns<T> inside{columns.b, columns.k, columns.start, buffer, kColumns, false};
  const TileCut cut = cut_tiles(rows);
  for (size_t tile = 0, row = 0; tile < cut.thick + cut.thin; ++tile) {
    const size_t count = cut.rows_of_thin + (tile < cut.thick ? 1 : 0);
    multiply_tiles_of<T, 2>(count, a.from(row), inside, 1);
    for (size_t i = 0; i < count; ++i, ++row) {
      SumOf<T>* to_row = columns.c + row * columns.c_stride;
      const SumOf<T>* from_row = buffer + i * kColumns;
      for (size_t j = from; j < to; ++j) to_row[j - from] = columns.add ? to_row[j - from] + from_row[j] : from_row[j];
    }
  }
}

// Columns [from, to) of a panel times `rows` rows of A; columns.c is where column `from` goes.
template <class T, class A>
HWY_INLINE void multiply_panel(const A& a, const TileColumns<T>& columns, size_t rows, size_t from, size_t to) {
  constexpr size_t kColumns = 2 * kLanes<T>;
  for (size_t tile = from / kColumns * kColumns; tile < to; tile += kColumns) {
    const size_t first = from > tile ? from - tile : 0;
    const size_t last = to - tile < kColumns ? to - tile : kColumns;
    TileColumns<T> part = columns;
    part.b += tile;
    part.start += tile;
    part.c += tile + first - from;
    if (first == 0 && last == kColumns) {
      multiply_rows<T, 2>(a, part, rows);
    } else {
      multiply_edge<T>(a, part, rows, first, last);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
