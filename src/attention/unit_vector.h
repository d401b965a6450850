#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "kernels/vector.h"

namespace attune {

// y = x / |x|, and what x was divided by: a length of 0 counts as that of the smallest normal number's root.
template <class T>
T unit_vector(const T* x, T* y, std::size_t n) {
  const T length = std::sqrt(std::max(kernels::dot(x, x, n), std::numeric_limits<T>::min()));
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] / length;
  return length;
}

}  // namespace attune
