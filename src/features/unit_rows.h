#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/sparse_matrix.h"

namespace attune {

// Makes a sparse matrix row by row and scales each row to unit length. Not thread-safe.
class UnitRows {
 public:
  explicit UnitRows(std::size_t width) { matrix_.width = width; }

  // An entry of the row that is being made: a column below the width, once a row and in any order, and a finite value.
  void add(std::uint32_t column, double value) { row_.emplace_back(column, value); }

  // Closes the row. Entries of 0 are not kept.
  void end_row();

  SparseMatrix take() && { return std::move(matrix_); }

 private:
  SparseMatrix matrix_;
  std::vector<std::pair<std::uint32_t, double>> row_;
};

// Inverse document frequency, smoothed so that what every item has still counts: 1 + ln((1 + items) / (1 + having)).
double inverse_document_frequency(std::size_t items, std::size_t having);

}  // namespace attune
