#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

#include "base/matrix_view.h"
#include "base/rng.h"

namespace attune::kernels {

// For tests: a matrix whose rows lie apart and begin one value after an aligned address. What lies between the rows and
// after them is NaN, and must stay so.
template <class T>
struct TestMatrix {
  std::vector<T> values;
  BasicMatrixView<T> view;

  TestMatrix(std::size_t rows, std::size_t columns, std::size_t gap, Rng& rng)
      : values(rows * (columns + gap) + 1, std::numeric_limits<T>::quiet_NaN()),
        view(values.data() + 1, rows, columns, columns + gap) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (T& value : view.row(r)) value = static_cast<T>(rng.normal());
    }
  }
  TestMatrix(const TestMatrix& other) : values(other.values), view(other.view) { view.data = values.data() + 1; }

  BasicMatrixView<const T> read() const { return view; }

  bool gaps_untouched() const {
    for (std::size_t i = 1; i < values.size(); ++i) {
      if ((i - 1) % view.stride >= view.columns && !std::isnan(values[i])) return false;
    }
    return std::isnan(values[0]);
  }
};

template <class T>
bool same_bytes(BasicMatrixView<T> a, BasicMatrixView<T> b) {
  for (std::size_t r = 0; r < a.rows; ++r) {
    if (a.columns > 0 && std::memcmp(a.row(r).data(), b.row(r).data(), a.columns * sizeof(T)) != 0) return false;
  }
  return true;
}

template <class T>
TestMatrix<T> transposed(const TestMatrix<T>& m) {
  Rng rng(0);
  TestMatrix<T> out(m.view.columns, m.view.rows, 3, rng);
  for (std::size_t r = 0; r < m.view.rows; ++r) {
    for (std::size_t c = 0; c < m.view.columns; ++c) out.view(c, r) = m.view(r, c);
  }
  return out;
}

}  // namespace attune::kernels
