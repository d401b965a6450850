#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/matrix_view.h"

namespace attune {

// Asks for a row of `width` values before it is needed: rows of a large table lie in no cache.
template <class T>
void prefetch_row(const T* row, std::size_t width) {
  constexpr std::size_t kLine = 64 / sizeof(T);
  for (std::size_t i = 0; i < width; i += kLine) __builtin_prefetch(row + i);
}

// How many tokens ahead of the one that is worked on rows are asked for.
inline constexpr std::size_t kTokensAhead = 4;

// The gradient of the item table [V, D] that one lane sums up in a step. Sparse: only rows that were asked for exist,
// which is what a loss over a few items of a large catalogue needs. Dense: all rows lie in one matrix, which a loss
// over the whole catalogue adds to in tiles. Not thread-safe.
template <class T>
class TableGradient {
 public:
  enum class Form { kSparse, kDense };
  TableGradient(Form form, std::size_t items, std::size_t width);

  Form form() const { return form_; }

  // The gradient of an item's row, D values that one adds to; zeros when it is new. Pointers from earlier calls do not
  // survive a new row.
  T* row(std::uint32_t item) {
    if (form_ == Form::kDense) return dense_.data() + item * width_;
    if (slots_[item] == kNone) open(item);
    return rows_.data() + slots_[item] * width_;
  }

  // Asks for the row before it is needed; a new one is not opened.
  void prefetch(std::uint32_t item) const {
    if (form_ == Form::kDense) return prefetch_row(dense_.data() + item * width_, width_);
    if (slots_[item] != kNone) prefetch_row(rows_.data() + slots_[item] * width_, width_);
  }

  // Dense alone.
  BasicMatrixView<T> matrix() { return {dense_.data(), items_, width_}; }

  // Sparse alone: the rows that exist, in the order of their first use, and the row or null.
  std::span<const std::uint32_t> touched() const { return touched_; }
  const T* find(std::uint32_t item) const {
    return slots_[item] == kNone ? nullptr : rows_.data() + slots_[item] * width_;
  }

  // Forgets all rows (sparse); a dense gradient is cleared by whoever reads it.
  void clear();

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  void open(std::uint32_t item);

  Form form_;
  std::size_t items_, width_;
  AlignedBuffer<T> dense_;
  std::vector<std::uint32_t> slots_;  // by item
  std::vector<std::uint32_t> touched_;
  std::vector<T> rows_;
};

extern template class TableGradient<float>;
extern template class TableGradient<double>;

}  // namespace attune
