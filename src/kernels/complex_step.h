#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

namespace attune::kernels {

// For tests: the gradient of a real function f at x by complex steps (Squire and Trapp, 1998), exact to rounding, since
// nothing is subtracted. f takes a std::vector<std::complex<double>> and returns a std::complex<double>; comparisons in
// it must look at real parts alone.
template <class F>
std::vector<double> complex_step_gradient(F&& f, const std::vector<double>& x) {
  constexpr double kStep = 1e-50;
  std::vector<std::complex<double>> z(x.begin(), x.end());
  std::vector<double> gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    z[i] = {x[i], kStep};
    gradient[i] = f(z).imag() / kStep;
    z[i] = x[i];
  }
  return gradient;
}

// The largest difference between two vectors of like size, in units of the largest magnitude in `expected`.
template <class A, class B>
double relative_error(const std::vector<A>& actual, const std::vector<B>& expected) {
  double difference = 0, magnitude = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])));
    magnitude = std::max(magnitude, std::abs(static_cast<double>(expected[i])));
  }
  return magnitude > 0 ? difference / magnitude : difference;
}

}  // namespace attune::kernels
