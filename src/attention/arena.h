#pragma once

#include <cstddef>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/matrix_view.h"

namespace attune {

// Memory for the activations of one piece of work: taken one after the other, given back all at once or back to a mark.
// After the first few pieces nothing is allocated any more. Values are what was there before. Not thread-safe: one for
// each thread's work.
template <class T>
class Arena {
 public:
  T* take(std::size_t count) {
    const std::size_t size = (count + kStep - 1) / kStep * kStep;
    while (block_ < blocks_.size() && used_ + size > blocks_[block_].size()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.emplace_back(size > kBlock ? size : kBlock);
    T* taken = blocks_[block_].data() + used_;
    used_ += size;
    return taken;
  }
  // The same for values of a smaller type.
  template <class U>
  U* take_as(std::size_t count) {
    static_assert(sizeof(T) % sizeof(U) == 0);
    return reinterpret_cast<U*>(take((count * sizeof(U) + sizeof(T) - 1) / sizeof(T)));
  }
  BasicMatrixView<T> matrix(std::size_t rows, std::size_t columns) { return {take(rows * columns), rows, columns}; }

  void reset() noexcept { block_ = used_ = 0; }

  // Gives back what was taken since the mark.
  struct Mark {
    std::size_t block, used;
  };
  Mark mark() const noexcept { return {block_, used_}; }
  void reset(Mark mark) noexcept {
    block_ = mark.block;
    used_ = mark.used;
  }

 private:
  static constexpr std::size_t kStep = 64 / sizeof(T);
  static constexpr std::size_t kBlock = (std::size_t{4} << 20) / sizeof(T);  // AlignedBuffer gives it huge pages

  std::vector<AlignedBuffer<T>> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace attune
