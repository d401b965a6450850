#include "attention/prediction_sums.h"

#include <algorithm>
#include <cmath>

namespace attune {
namespace {

// Below it a sum of weights may have lost digits to the many weights that exp rounds to 0.
template <class T>
constexpr T kSmallest =
    std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon() / std::numeric_limits<T>::epsilon();

// A rated key this far behind the nearest one changes nothing, not even in double.
constexpr double kFarBehind = 50;

}  // namespace

template <class T>
PredictionSums<T>::PredictionSums(std::size_t rows_max, std::size_t columns, Unrated unrated)
    : columns_(columns), ratings_(rows_max * columns) {
  if (unrated == Unrated::kMissing) {
    weights_.resize(rows_max * columns);
    largest_.resize(rows_max * columns);
  }
}

template <class T>
void PredictionSums<T>::start(std::size_t rows) {
  rows_ = rows;
  std::fill(ratings_.begin(), ratings_.end(), T{0});
  std::fill(weights_.begin(), weights_.end(), T{0});
}

template <class T>
bool PredictionSums<T>::divide_cell(std::size_t cell) {
  if (weights_[cell] >= kSmallest<T>) {
    ratings_[cell] /= weights_[cell];
    return true;
  }
  ratings_[cell] = std::numeric_limits<T>::quiet_NaN();
  weights_[cell] = 0;
  return false;
}

template <class T>
void PredictionSums<T>::add(std::size_t row, std::size_t column, T logit, T rating) {
  const std::size_t cell = row * columns_ + column;
  const double ahead = static_cast<double>(logit) - static_cast<double>(largest_[cell]);
  if (ahead <= 0) {
    if (ahead < -kFarBehind) return;
    const T weight = static_cast<T>(std::exp(ahead));
    ratings_[cell] += weight * rating;
    weights_[cell] += weight;
    return;
  }
  const T fade = static_cast<T>(std::exp(-ahead));
  ratings_[cell] = fade == 0 ? rating : ratings_[cell] * fade + rating;
  weights_[cell] = weights_[cell] * fade + 1;
  largest_[cell] = logit;
}

template <class T>
void PredictionSums<T>::close(std::size_t row) {
  for (std::size_t cell = row * columns_; cell < (row + 1) * columns_; ++cell) {
    if (largest_[cell] < kDone && weights_[cell] > 0) ratings_[cell] /= weights_[cell];
  }
}

template class PredictionSums<float>;
template class PredictionSums<double>;

}  // namespace attune
