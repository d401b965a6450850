#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/sparse_matrix.h"
#include "base/thread_pool.h"

namespace attune {

// Sparse matrices that are made a block of rows at a time, so that no more is held than what is kept.

struct RowEntry {
  std::uint32_t column;
  float value;
};

// Keeps the `count` largest values (ties: the lower column; 0 keeps all) and sorts what is left by column.
void keep_largest(std::vector<RowEntry>& row, std::size_t count);

// Ends a row of `out` with these entries, which must be sorted by column.
void append_row(const std::vector<RowEntry>& row, SparseMatrix& out);

// A matrix of `rows` rows and `width` columns from make(first, last, out), which appends the rows [first, last) to
// `out` and may be called from any thread. There are at most 256 blocks, since each call may hold counters for all
// columns. The same for any number of threads.
SparseMatrix made_in_blocks(std::size_t rows, std::size_t width, ThreadPool& pool,
                            const std::function<void(std::size_t first, std::size_t last, SparseMatrix& out)>& make);

}  // namespace attune
