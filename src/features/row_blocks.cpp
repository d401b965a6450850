#include "features/row_blocks.h"

#include <algorithm>
#include <utility>

namespace attune {
namespace {

SparseMatrix one_behind_the_other(std::vector<SparseMatrix> blocks, std::size_t rows, std::size_t width) {
  SparseMatrix whole;
  whole.width = width;
  std::size_t entries = 0;
  for (const SparseMatrix& block : blocks) entries += block.columns.size();
  whole.columns.reserve(entries);
  whole.values.reserve(entries);
  whole.offsets.reserve(rows + 1);
  for (SparseMatrix& block : blocks) {
    const std::uint64_t before = whole.columns.size();
    for (std::size_t r = 1; r < block.offsets.size(); ++r) whole.offsets.push_back(before + block.offsets[r]);
    whole.columns.insert(whole.columns.end(), block.columns.begin(), block.columns.end());
    whole.values.insert(whole.values.end(), block.values.begin(), block.values.end());
    block = SparseMatrix();
  }
  return whole;
}

}  // namespace

void keep_largest(std::vector<RowEntry>& row, std::size_t count) {
  if (count > 0 && row.size() > count) {
    const auto cut = row.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(row.begin(), cut, row.end(), [](const RowEntry& a, const RowEntry& b) {
      return a.value != b.value ? a.value > b.value : a.column < b.column;
    });
    row.erase(cut, row.end());
  }
  std::sort(row.begin(), row.end(), [](const RowEntry& a, const RowEntry& b) { return a.column < b.column; });
}

void append_row(const std::vector<RowEntry>& row, SparseMatrix& out) {
  for (const auto& [column, value] : row) {
    out.columns.push_back(column);
    out.values.push_back(value);
  }
  out.offsets.push_back(out.columns.size());
}

SparseMatrix made_in_blocks(std::size_t rows, std::size_t width, ThreadPool& pool,
                            const std::function<void(std::size_t, std::size_t, SparseMatrix&)>& make) {
  constexpr std::size_t kRowsMin = 32, kBlocksMax = 256;
  const std::size_t size = std::max(kRowsMin, (rows + kBlocksMax - 1) / kBlocksMax);
  std::vector<SparseMatrix> blocks((rows + size - 1) / size);
  pool.for_each(blocks.size(),
                [&](std::size_t task) { make(task * size, std::min(rows, (task + 1) * size), blocks[task]); });
  return one_behind_the_other(std::move(blocks), rows, width);
}

}  // namespace attune
