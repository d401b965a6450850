#include "kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace attune::kernels::reference {

template <class T>
T dot(const T* a, const T* b, std::size_t n) {
  long double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<long double>(a[i]) * b[i];
  return static_cast<T>(sum);
}

template <class T>
void axpy(T alpha, const T* x, T* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<T>(static_cast<long double>(alpha) * x[i] + y[i]);
}

template <class T>
void scale(T alpha, T* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) x[i] *= alpha;
}

template <class T>
T max(const T* x, std::size_t n) {
  T largest = -std::numeric_limits<T>::infinity();
  for (std::size_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) return std::numeric_limits<T>::quiet_NaN();
    largest = std::max(largest, x[i]);
  }
  return largest;
}

template <class T>
double exp_shifted(T* x, T shift, std::size_t n) {
  long double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<T>(std::exp(static_cast<long double>(static_cast<T>(x[i] - shift))));
    sum += x[i];
  }
  return static_cast<double>(sum);
}

template <class T>
double sum_exp(const T* x, T shift, std::size_t n) {
  std::vector<T> copy(x, x + n);
  return exp_shifted(copy.data(), shift, n);
}

template <class T>
void softmax(T* x, std::size_t n) {
  const T largest = max(x, n);
  if (largest == -std::numeric_limits<T>::infinity()) {
    std::fill(x, x + n, T{0});
    return;
  }
  const double sum = exp_shifted(x, largest, n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<T>(x[i] / sum);
}

template <class T>
double log_sum_exp(const T* x, std::size_t n) {
  const T largest = max(x, n);
  if (std::isinf(largest)) return largest;
  return largest + std::log(sum_exp(x, largest, n));
}

template <class T>
std::size_t first_above(const T* x, T threshold, std::size_t n) {
  return static_cast<std::size_t>(std::find_if(x, x + n, [&](T value) { return value > threshold; }) - x);
}

template <class T>
std::vector<typename TopK<T>::Entry> top_k(const T* x, std::size_t n, std::size_t k) {
  std::vector<typename TopK<T>::Entry> entries;
  for (std::size_t i = 0; i < n; ++i) {
    if (x[i] > -std::numeric_limits<T>::infinity()) entries.push_back({x[i], static_cast<std::uint32_t>(i)});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.value > b.value; });
  if (entries.size() > k) entries.resize(k);
  return entries;
}

#define ATTUNE_INSTANTIATE(T)                                 \
  template T dot(const T*, const T*, std::size_t);            \
  template void axpy(T, const T*, T*, std::size_t);           \
  template void scale(T, T*, std::size_t);                    \
  template T max(const T*, std::size_t);                      \
  template double exp_shifted(T*, T, std::size_t);            \
  template double sum_exp(const T*, T, std::size_t);          \
  template void softmax(T*, std::size_t);                     \
  template double log_sum_exp(const T*, std::size_t);         \
  template std::size_t first_above(const T*, T, std::size_t); \
  template std::vector<typename TopK<T>::Entry> top_k(const T*, std::size_t, std::size_t)

ATTUNE_INSTANTIATE(float);
ATTUNE_INSTANTIATE(double);

#undef ATTUNE_INSTANTIATE

}  // namespace attune::kernels::reference
