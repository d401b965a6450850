#pragma once

#include <cmath>
#include <cstddef>

// Normalisation once more, an element at a time, for any scalar with a square root, also std::complex.
namespace attune::kernels::reference {

template <class S>
S mean(const S* x, std::size_t n) {
  S sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += x[i];
  return sum / S(static_cast<double>(n));
}

// y of one row; `gain` and `shift` as in NormWeights.
template <class S>
void layer_norm(const S* x, const S* gain, const S* shift, S epsilon, S* y, std::size_t n) {
  const S centre = mean(x, n);
  S squares = 0;
  for (std::size_t i = 0; i < n; ++i) squares += (x[i] - centre) * (x[i] - centre);
  const S rstd = S(1) / std::sqrt(squares / S(static_cast<double>(n)) + epsilon);
  for (std::size_t i = 0; i < n; ++i) y[i] = (x[i] - centre) * rstd * gain[i] + shift[i];
}

template <class S>
void rms_norm(const S* x, const S* gain, S epsilon, S* y, std::size_t n) {
  S squares = 0;
  for (std::size_t i = 0; i < n; ++i) squares += x[i] * x[i];
  const S rstd = S(1) / std::sqrt(squares / S(static_cast<double>(n)) + epsilon);
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * rstd * gain[i];
}

}  // namespace attune::kernels::reference
