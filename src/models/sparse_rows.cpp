#include "models/sparse_rows.h"

#include <algorithm>

#include "base/check.h"

namespace attune {

SparseMatrix empty_rows(std::size_t rows) {
  SparseMatrix matrix;
  matrix.offsets.assign(rows + 1, 0);
  return matrix;
}

SparseMatrix side_by_side(const SparseView& left, const SparseView& right, float weight) {
  ATTUNE_CHECK(left.rows() == right.rows());
  SparseMatrix both;
  both.width = left.width + right.width;
  both.columns.reserve(left.columns.size() + right.columns.size());
  both.values.reserve(left.columns.size() + right.columns.size());
  for (std::size_t r = 0; r < left.rows(); ++r) {
    const SparseView::Row a = left.row(r), b = right.row(r);
    both.columns.insert(both.columns.end(), a.columns.begin(), a.columns.end());
    both.values.insert(both.values.end(), a.values.begin(), a.values.end());
    for (std::size_t n = 0; n < b.columns.size(); ++n) {
      both.columns.push_back(static_cast<std::uint32_t>(left.width + b.columns[n]));
      both.values.push_back(weight * b.values[n]);
    }
    both.offsets.push_back(both.columns.size());
  }
  return both;
}

SparseMatrix transposed(const SparseView& matrix) {
  SparseMatrix turned;
  turned.width = matrix.rows();
  turned.offsets.assign(matrix.width + 1, 0);
  turned.columns.resize(matrix.columns.size());
  turned.values.resize(matrix.columns.size());
  for (const std::uint32_t column : matrix.columns) ++turned.offsets[column + 1];
  for (std::size_t c = 0; c < matrix.width; ++c) turned.offsets[c + 1] += turned.offsets[c];
  std::vector<std::uint64_t> next(turned.offsets.begin(), turned.offsets.end() - 1);
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    const SparseView::Row row = matrix.row(r);
    for (std::size_t n = 0; n < row.columns.size(); ++n) {
      const std::uint64_t place = next[row.columns[n]]++;
      turned.columns[place] = static_cast<std::uint32_t>(r);
      turned.values[place] = row.values[n];
    }
  }
  return turned;
}

float entry(SparseView::Row row, std::uint32_t column) {
  const auto found = std::lower_bound(row.columns.begin(), row.columns.end(), column);
  if (found == row.columns.end() || *found != column) return 0;
  return row.values[static_cast<std::size_t>(found - row.columns.begin())];
}

double dot(SparseView::Row a, SparseView::Row b) {
  double sum = 0;
  std::size_t i = 0, j = 0;
  while (i < a.columns.size() && j < b.columns.size()) {
    if (a.columns[i] == b.columns[j])
      sum += static_cast<double>(a.values[i++]) * b.values[j++];
    else if (a.columns[i] < b.columns[j])
      ++i;
    else
      ++j;
  }
  return sum;
}

}  // namespace attune
