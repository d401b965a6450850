#pragma once

#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "kernels/attention.h"

// Attention once more, an element at a time, for any scalar that multiplies and has exp: also std::complex, by whose
// imaginary part the tests differentiate. What the fast kernels must agree with.
namespace attune::kernels::reference {

// The part that a comparison looks at.
template <class S>
double real_part(const S& value) {
  return static_cast<double>(std::real(value));
}

// How many keys query `row` sees.
template <class S>
std::size_t visible_keys(const AttentionInputs<S>& in, std::size_t row) {
  return in.mask == Mask::kCausal ? row + 1 : in.key.rows;
}

template <class S>
S logit(const AttentionInputs<S>& in, std::size_t row, std::size_t key) {
  S sum = 0;
  for (std::size_t i = 0; i < in.query.columns; ++i) sum += in.query(row, i) * in.key(key, i);
  return in.scale * sum + (in.bias.data != nullptr ? in.bias(row, key) : S(0));
}

// Where the weights of row `row` begin, and where it drops elements: rows are this many elements apart.
inline std::size_t mask_stride(std::size_t keys) { return (keys + 31) / 32 * 32; }

// The weights of a row, before dropout.
template <class S>
std::vector<S> weights_of(const AttentionInputs<S>& in, std::size_t row) {
  std::vector<S> w(visible_keys(in, row));
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < w.size(); ++j) {
    w[j] = logit(in, row, j);
    largest = std::max(largest, real_part(w[j]));
  }
  if (in.weighting == Weighting::kSilu) {
    for (S& value : w) value = value * in.silu_scale / (S(1) + std::exp(-value));
    return w;
  }
  if (largest == -std::numeric_limits<double>::infinity()) return std::vector<S>(w.size(), S(0));
  S sum = 0;
  for (S& value : w) sum += value = std::exp(value - S(largest));
  for (S& value : w) value /= sum;
  return w;
}

template <class S>
S dropped(const AttentionInputs<S>& in, std::size_t row, std::size_t key, const S& value) {
  const bool kept = keeps(in.dropout, row * mask_stride(in.key.rows) + key);
  return kept ? value * static_cast<S>(in.dropout.scale) : S(0);
}

template <class S>
void attention(const AttentionInputs<S>& in, BasicMatrixView<S> output) {
  for (std::size_t r = 0; r < in.query.rows; ++r) {
    for (std::size_t i = 0; i < in.value.columns; ++i) output(r, i) = 0;
    const std::vector<S> w = weights_of(in, r);
    for (std::size_t j = 0; j < w.size(); ++j) {
      for (std::size_t i = 0; i < in.value.columns; ++i) output(r, i) += dropped(in, r, j, w[j]) * in.value(j, i);
    }
  }
}

// The gradient of a row's logits from that of its weights.
template <class S>
std::vector<S> logit_gradients(const AttentionInputs<S>& in, std::size_t row, const std::vector<S>& w,
                               const std::vector<S>& dw) {
  std::vector<S> ds(w.size());
  S mean = 0;
  for (std::size_t j = 0; j < w.size(); ++j) mean += w[j] * dw[j];
  for (std::size_t j = 0; j < w.size(); ++j) {
    if (in.weighting == Weighting::kSoftmax) {
      ds[j] = w[j] * (dw[j] - mean);
    } else {
      const S s = logit(in, row, j), gate = S(1) / (S(1) + std::exp(-s));
      ds[j] = dw[j] * in.silu_scale * gate * (S(1) + s * (S(1) - gate));
    }
  }
  return ds;
}

template <class S>
void attention_backward(const AttentionInputs<S>& in, BasicMatrixView<const S> d_output,
                        const AttentionGradients<S>& out) {
  for (const BasicMatrixView<S>& gradient : {out.query, out.key, out.value}) {
    for (std::size_t r = 0; r < gradient.rows; ++r) {
      for (std::size_t i = 0; i < gradient.columns; ++i) gradient(r, i) = 0;
    }
  }
  for (std::size_t r = 0; r < in.query.rows; ++r) {
    const std::vector<S> w = weights_of(in, r);
    std::vector<S> dw(w.size(), S(0));
    for (std::size_t j = 0; j < w.size(); ++j) {
      for (std::size_t i = 0; i < in.value.columns; ++i) {
        dw[j] += dropped(in, r, j, d_output(r, i) * in.value(j, i));
        out.value(j, i) += dropped(in, r, j, w[j]) * d_output(r, i);
      }
    }
    const std::vector<S> ds = logit_gradients(in, r, w, dw);
    for (std::size_t j = 0; j < w.size(); ++j) {
      if (out.logits.data != nullptr) out.logits(r, j) = ds[j];
      for (std::size_t i = 0; i < in.query.columns; ++i) {
        out.query(r, i) += in.scale * ds[j] * in.key(j, i);
        out.key(j, i) += in.scale * ds[j] * in.query(r, i);
      }
    }
  }
}

}  // namespace attune::kernels::reference
