#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "attention/similarity_attention.h"
#include "base/thread_pool.h"

namespace attune {

// Some consecutive rows of ratings in memory, with what is unrated told apart. Internal to this folder.
template <class T>
class RatingPanel {
 public:
  RatingPanel(std::size_t rows_max, std::size_t columns, Unrated unrated);

  // Holds the rows [first, first + count) from now on. Throws Error(kBadInput) naming row and column of an infinite
  // rating.
  void read(const Ratings<T>& ratings, std::size_t first, std::size_t count, ThreadPool& pool);

  // [count, columns]; what is unrated is 0.
  BasicMatrixView<const T> values() const { return {values_.data(), rows_, columns_}; }

  // [count, columns]; 1 where there is a rating, else 0. Only with Unrated::kMissing.
  BasicMatrixView<const T> known() const { return {known_.data(), rows_, columns_}; }

  // The columns of row r that have a rating. Only with Unrated::kMissing.
  std::vector<std::uint32_t> known_columns(std::size_t r) const;

 private:
  void read_row(const Ratings<T>& ratings, std::size_t row, std::size_t r);

  std::size_t rows_ = 0;
  std::size_t columns_;
  std::vector<T> values_;
  std::vector<T> known_;
};

extern template class RatingPanel<float>;
extern template class RatingPanel<double>;

}  // namespace attune
