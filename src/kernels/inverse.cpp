#include "kernels/inverse.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/check.h"
#include "kernels/gemm.h"
#include "kernels/vector.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kBlock = 128;  // rows swept at once: as deep as the products are cut
constexpr std::size_t kTile = 256;   // edge of a tile of `a` that one task updates

using Matrix = BasicMatrixView<double>;

std::size_t tiles_of(std::size_t n) { return (n + kTile - 1) / kTile; }

// Sweeps every row of a small symmetric matrix, of which both triangles are filled: it becomes minus its inverse.
bool sweep_small(Matrix d) noexcept {
  for (std::size_t k = 0; k < d.rows; ++k) {
    double* pivot_row = d.row(k).data();
    const double pivot = pivot_row[k];
    if (!(pivot > 0) || !std::isfinite(pivot)) return false;
    for (std::size_t i = 0; i < d.rows; ++i) {
      if (i == k) continue;
      const double share = d(i, k) / pivot;
      axpy(-share, pivot_row, d.row(i).data(), d.columns);
      d(i, k) = share;
    }
    scale(1 / pivot, pivot_row, d.columns);
    pivot_row[k] = -1 / pivot;
  }
  return true;
}

// One sweep of the rows [first, first + count) of a symmetric matrix whose lower triangle is kept.
class Sweep {
 public:
  Sweep(Matrix a, ThreadPool& pool) : a_(a), pool_(pool), column_(a.rows * kBlock), shares_(a.rows * kBlock) {}

  bool run(std::size_t first, std::size_t count) {
    first_ = first, count_ = count;
    for_each_row_tile([this](std::size_t from, std::size_t to) { read_column(from, to); });
    std::vector<double> pivot(count * count);
    const Matrix d(pivot.data(), count, count);
    for (std::size_t i = 0; i < count; ++i) std::ranges::copy(column().row(first + i), d.row(i).begin());
    if (!sweep_small(d)) return false;
    for_each_row_tile([&](std::size_t from, std::size_t to) {
      gemm_nt(column().rows_from(from, to - from), d, shares().rows_from(from, to - from), Accumulate::kNo);
    });
    update_tiles();
    for_each_row_tile([this](std::size_t from, std::size_t to) { write_column(from, to); });
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j <= i; ++j) a_(first + i, first + j) = d(i, j);
    }
    return true;
  }

 private:
  Matrix column() { return {column_.data(), a_.rows, count_}; }  // of `a`, as it was
  Matrix shares() { return {shares_.data(), a_.rows, count_}; }  // the column times minus the pivot's inverse

  template <class Body>
  void for_each_row_tile(const Body& body) {
    pool_.for_each(tiles_of(a_.rows),
                   [&](std::size_t tile) { body(tile * kTile, std::min(a_.rows, (tile + 1) * kTile)); });
  }

  void read_column(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        const std::size_t pivot = first_ + j;
        column()(i, j) = i >= pivot ? a_(i, pivot) : a_(pivot, i);
      }
    }
  }

  // a_ij -= a_iK a_KK⁻¹ a_Kj, whole tiles on and below the diagonal; the block's own rows are written afterwards.
  void update_tiles() {
    const std::size_t tiles = tiles_of(a_.rows);
    pool_.for_each(tiles * (tiles + 1) / 2, [&](std::size_t task) {
      std::size_t row = 0, before = 0;  // tiles in the rows above: 1 + 2 + … + row
      while (task - before > row) before += ++row;
      const std::size_t top = row * kTile, left = (task - before) * kTile;
      const std::size_t height = std::min(kTile, a_.rows - top), width = std::min(kTile, a_.rows - left);
      gemm_nt(shares().rows_from(top, height), column().rows_from(left, width),
              Matrix(&a_(top, left), height, width, a_.stride), Accumulate::kYes);
    });
  }

  void write_column(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        const std::size_t pivot = first_ + j;
        (i >= pivot ? a_(i, pivot) : a_(pivot, i)) = -shares()(i, j);
      }
    }
  }

  Matrix a_;
  ThreadPool& pool_;
  std::vector<double> column_, shares_;
  std::size_t first_ = 0, count_ = 0;
};

}  // namespace

bool invert_positive_definite(Matrix a, ThreadPool& pool) {
  ATTUNE_CHECK(a.rows == a.columns);
  Sweep sweep(a, pool);
  for (std::size_t first = 0; first < a.rows; first += kBlock) {
    if (!sweep.run(first, std::min(kBlock, a.rows - first))) return false;
  }
  const std::size_t tiles = tiles_of(a.rows);
  pool.for_each(tiles, [&](std::size_t tile) {
    for (std::size_t i = tile * kTile; i < std::min(a.rows, (tile + 1) * kTile); ++i) {
      for (std::size_t j = 0; j <= i; ++j) a(i, j) = -a(i, j);
    }
  });
  pool.for_each(tiles, [&](std::size_t tile) {
    for (std::size_t i = tile * kTile; i < std::min(a.rows, (tile + 1) * kTile); ++i) {
      for (std::size_t j = i + 1; j < a.rows; ++j) a(i, j) = a(j, i);
    }
  });
  return true;
}

}  // namespace attune::kernels
