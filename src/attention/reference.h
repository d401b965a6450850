#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "attention/network_config.h"
#include "attention/shapes.h"

// The layers once more, forward only, one element at a time, for any scalar that has exp and sqrt: what the fast ones
// must agree with, and what the complex step differentiates. For tests; S is double or std::complex<double>. Dropout is
// left out.
namespace attune::reference {

template <class S>
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<S> values;

  Matrix(std::size_t row_count, std::size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}
  Matrix(std::size_t row_count, std::size_t column_count, const S* from)
      : rows(row_count), columns(column_count), values(from, from + row_count * column_count) {}
  S& operator()(std::size_t r, std::size_t c) { return values[r * columns + c]; }
  const S& operator()(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
};

inline double real_of(double x) { return x; }
inline double real_of(const std::complex<double>& x) { return x.real(); }

template <class S>
S sigmoid(S x) {
  return S(1) / (S(1) + std::exp(-x));
}
template <class S>
S silu(S x) {
  return x * sigmoid(x);
}
// The tanh form of Hendrycks and Gimpel (2016), written with exp so that it is analytic as computed.
template <class S>
S gelu(S x) {
  return x * sigmoid(S(2 * 0.7978845608028653559) * (x + S(0.044715) * x * x * x));
}

template <class S, class F>
Matrix<S> mapped(Matrix<S> x, F&& f) {
  for (S& value : x.values) value = f(value);
  return x;
}
template <class S, class F>
Matrix<S> combined(Matrix<S> a, const Matrix<S>& b, F&& f) {
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] = f(a.values[i], b.values[i]);
  return a;
}
template <class S>
Matrix<S> sum(const Matrix<S>& a, const Matrix<S>& b) {
  return combined(a, b, [](S x, S y) { return x + y; });
}
template <class S>
Matrix<S> product(const Matrix<S>& a, const Matrix<S>& b) {
  return combined(a, b, [](S x, S y) { return x * y; });
}

// y = x Wᵀ + b, W [out, in]; no bias when b is null.
template <class S>
Matrix<S> linear(const Matrix<S>& x, const S* weight, const S* bias, std::size_t out) {
  Matrix<S> y(x.rows, out);
  for (std::size_t t = 0; t < x.rows; ++t) {
    for (std::size_t o = 0; o < out; ++o) {
      S total = bias == nullptr ? S(0) : bias[o];
      for (std::size_t i = 0; i < x.columns; ++i) total += weight[o * x.columns + i] * x(t, i);
      y(t, o) = total;
    }
  }
  return y;
}

template <class S>
Matrix<S> layer_norm(const Matrix<S>& x, const S* gamma, const S* beta, double epsilon) {
  Matrix<S> y(x.rows, x.columns);
  for (std::size_t t = 0; t < x.rows; ++t) {
    S mean = 0, variance = 0;
    for (std::size_t c = 0; c < x.columns; ++c) mean += x(t, c) / S(static_cast<double>(x.columns));
    for (std::size_t c = 0; c < x.columns; ++c) {
      variance += (x(t, c) - mean) * (x(t, c) - mean) / S(static_cast<double>(x.columns));
    }
    for (std::size_t c = 0; c < x.columns; ++c) {
      y(t, c) = (x(t, c) - mean) / std::sqrt(variance + S(epsilon)) * gamma[c] + beta[c];
    }
  }
  return y;
}

template <class S>
Matrix<S> rms_norm(const Matrix<S>& x, const S* gamma, double epsilon) {
  Matrix<S> y(x.rows, x.columns);
  for (std::size_t t = 0; t < x.rows; ++t) {
    S mean_square = 0;
    for (std::size_t c = 0; c < x.columns; ++c) mean_square += x(t, c) * x(t, c) / S(static_cast<double>(x.columns));
    for (std::size_t c = 0; c < x.columns; ++c) y(t, c) = x(t, c) / std::sqrt(mean_square + S(epsilon)) * gamma[c];
  }
  return y;
}

// One sequence, one head: softmax(scale q kᵀ + bias) v, or silu(scale q kᵀ + bias) / divisor v; row i sees rows j <= i.
struct AttentionForm {
  double scale = 1;
  bool pointwise = false;  // SiLU instead of softmax
  double divisor = 1;
};
template <class S>
void causal_attention(const Matrix<S>& q, const Matrix<S>& k, const Matrix<S>& v, std::size_t begin, std::size_t length,
                      std::size_t column, std::size_t width, const AttentionForm& form, const Matrix<S>* bias,
                      Matrix<S>& out) {
  for (std::size_t i = 0; i < length; ++i) {
    std::vector<S> weight(i + 1);
    S total = 0;
    for (std::size_t j = 0; j <= i; ++j) {
      S logit = 0;
      for (std::size_t c = column; c < column + width; ++c) logit += q(begin + i, c) * k(begin + j, c);
      logit = logit * S(form.scale) + (bias == nullptr ? S(0) : (*bias)(i, j));
      weight[j] = form.pointwise ? silu(logit) / S(form.divisor) : std::exp(logit);
      total += weight[j];
    }
    for (std::size_t c = column; c < column + width; ++c) {
      S mixed = 0;
      for (std::size_t j = 0; j <= i; ++j) mixed += weight[j] * v(begin + j, c);
      out(begin + i, c) = form.pointwise ? mixed : mixed / total;
    }
  }
}

}  // namespace attune::reference
