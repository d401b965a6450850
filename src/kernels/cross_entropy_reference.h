#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

// The losses once more, for any scalar with exp and log, also std::complex; without care for overflow.
namespace attune::kernels::reference {

// log of the sum of exp(x) less the target's share: (1 - smoothing) at the target, smoothing / n at every column.
template <class S>
S smoothed_cross_entropy(const std::vector<S>& x, std::size_t target, double smoothing) {
  S sum = 0, mean = 0;
  for (const S& value : x) {
    sum += std::exp(value);
    mean += value / S(static_cast<double>(x.size()));
  }
  return std::log(sum) - S(1 - smoothing) * x[target] - S(smoothing) * mean;
}

template <class S>
S log_sigmoid(S x) {
  return -std::log(S(1) + std::exp(-x));
}

template <class S>
S binary_cross_entropy(double label, S x) {
  return -S(label) * log_sigmoid(x) - S(1 - label) * log_sigmoid(-x);
}

}  // namespace attune::kernels::reference
