#include "attention/rating_panel.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.h"

namespace attune {

template <class T>
RatingPanel<T>::RatingPanel(std::size_t rows_max, std::size_t columns, Unrated unrated)
    : columns_(columns),
      values_(rows_max * columns),
      known_(unrated == Unrated::kMissing ? rows_max * columns : std::size_t{0}) {}

template <class T>
void RatingPanel<T>::read(const Ratings<T>& ratings, std::size_t first, std::size_t count, ThreadPool& pool) {
  constexpr std::size_t kRowsPerTask = 16;
  rows_ = count;
  pool.for_each((count + kRowsPerTask - 1) / kRowsPerTask, [&](std::size_t task) {
    const std::size_t end = std::min(count, (task + 1) * kRowsPerTask);
    for (std::size_t r = task * kRowsPerTask; r < end; ++r) read_row(ratings, first + r, r);
  });
}

template <class T>
void RatingPanel<T>::read_row(const Ratings<T>& ratings, std::size_t row, std::size_t r) {
  const std::span<T> values(values_.data() + r * columns_, columns_);
  ratings.row(row, values);
  for (std::size_t c = 0; c < columns_; ++c) {
    if (std::isinf(values[c])) {
      throw Error(ErrorKind::kBadInput, "ratings: row ", row, ", column ", c, " (counted from 0) is ", values[c],
                  "; expected a finite number, or NaN where there is no rating.");
    }
    if (std::isnan(values[c])) values[c] = 0;
    if (!known_.empty()) known_[r * columns_ + c] = values[c] == 0 ? T{0} : T{1};
  }
}

template <class T>
std::vector<std::uint32_t> RatingPanel<T>::known_columns(std::size_t r) const {
  std::vector<std::uint32_t> columns;
  for (std::size_t c = 0; c < columns_; ++c) {
    if (known_[r * columns_ + c] != 0) columns.push_back(static_cast<std::uint32_t>(c));
  }
  return columns;
}

template class RatingPanel<float>;
template class RatingPanel<double>;

}  // namespace attune
