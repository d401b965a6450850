#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace attune {

// A sparse matrix by rows (CSR). Row r holds columns[offsets[r] .. offsets[r + 1]) with their values, columns
// ascending. A view: what it points to must outlive it.
struct SparseView {
  std::span<const std::uint64_t> offsets;  // rows + 1 of them, starting with 0; empty when there are no rows
  std::span<const std::uint32_t> columns;
  std::span<const float> values;
  std::size_t width = 0;  // every column is below it

  struct Row {
    std::span<const std::uint32_t> columns;
    std::span<const float> values;
  };

  std::size_t rows() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  Row row(std::size_t r) const {
    const std::size_t first = offsets[r], count = offsets[r + 1] - offsets[r];
    return {columns.subspan(first, count), values.subspan(first, count)};
  }
};

// The same, owned.
struct SparseMatrix {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  std::size_t width = 0;

  SparseView view() const { return {offsets, columns, values, width}; }
};

}  // namespace attune
