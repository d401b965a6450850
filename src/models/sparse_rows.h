#pragma once

#include <cstddef>
#include <cstdint>

#include "base/sparse_matrix.h"

namespace attune {

// What models do with sparse matrices and their rows. Pure functions.

// A matrix of `rows` rows without entries, its width 0.
SparseMatrix empty_rows(std::size_t rows);

// The columns of `left`, then those of `right` with their values multiplied by `weight`. Both have the same number of
// rows.
SparseMatrix side_by_side(const SparseView& left, const SparseView& right, float weight);

// Row c holds what column c held.
SparseMatrix transposed(const SparseView& matrix);

// The value in column `column`; 0 where there is none.
float entry(SparseView::Row row, std::uint32_t column);

// The sum of products of the values in the columns that both rows have.
double dot(SparseView::Row a, SparseView::Row b);

}  // namespace attune
