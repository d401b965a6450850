#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "attention/similarity_attention.h"

namespace attune {

// The sums behind a block of predictions: of weight times rating and, with Unrated::kMissing, of the weights of what is
// rated. Their quotient is the prediction. Where all those weights are so small that they vanish in T although
// something is rated, the quotient is pending: the softmax is then taken anew over the rated keys alone, an event at a
// time. Internal to this folder. Rows may be worked on from several threads.
template <class T>
class PredictionSums {
 public:
  PredictionSums(std::size_t rows_max, std::size_t columns, Unrated unrated);

  // Begins a block of this many rows, with sums of 0.
  void start(std::size_t rows);

  BasicMatrixView<T> ratings() { return {ratings_.data(), rows_, columns_}; }
  BasicMatrixView<T> weights() { return {weights_.data(), rows_, columns_}; }

  // With kMissing: turns a row of sums into predictions. `rated(column)` tells whether any key that is not masked has a
  // rating there. Returns whether a prediction is pending.
  template <class Rated>
  bool divide(std::size_t row, Rated&& rated) {
    bool any = false;
    for (std::size_t c = 0; c < columns_; ++c) {
      const bool done = divide_cell(row * columns_ + c) || !rated(c);
      largest_[row * columns_ + c] = done ? kDone : -kDone;
      any = any || !done;
    }
    return any;
  }

  bool pending(std::size_t row, std::size_t column) const { return largest_[row * columns_ + column] < kDone; }

  // Adds a rated key to a pending prediction: exp(logit), as an online softmax does.
  void add(std::size_t row, std::size_t column, T logit, T rating);

  // Turns what was pending in a row into predictions.
  void close(std::size_t row);

 private:
  static constexpr T kDone = std::numeric_limits<T>::infinity();

  bool divide_cell(std::size_t cell);  // whether there was anything to divide by; else the cell becomes NaN

  std::size_t rows_ = 0;
  std::size_t columns_;
  std::vector<T> ratings_;
  std::vector<T> weights_;
  std::vector<T> largest_;  // the largest logit that was added; kDone where nothing is pending
};

extern template class PredictionSums<float>;
extern template class PredictionSums<double>;

}  // namespace attune
