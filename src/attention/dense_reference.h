#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "attention/similarity_attention.h"
#include "base/rng.h"

// For tests: similarity attention and its predictions written straight from the equations, on whole matrices in long
// double.
namespace attune::dense_reference {

using Matrix = std::vector<std::vector<long double>>;

template <class T>
struct Case {
  std::size_t n, m, d;
  std::vector<T> queries, keys, prior;
  SimilarityAttentionConfig config;
  bool mask_diagonal = false;

  Case(std::size_t n_, std::size_t m_, std::size_t d_, std::uint64_t seed = 1) : n(n_), m(m_), d(d_) {
    Rng rng(seed);
    for (std::size_t i = 0; i < n * d; ++i) queries.push_back(static_cast<T>(rng.normal()));
    for (std::size_t i = 0; i < m * d; ++i) keys.push_back(static_cast<T>(rng.normal()));
  }

  BasicMatrixView<const T> query_view() const { return {queries.data(), n, d}; }
  BasicMatrixView<const T> key_view() const { return {keys.data(), m, d}; }
  typename SimilarityAttention<T>::Diagonal diagonal() const {
    return mask_diagonal ? SimilarityAttention<T>::Diagonal::kMask : SimilarityAttention<T>::Diagonal::kKeep;
  }
  SimilarityAttention<T> make(ThreadPool& pool) const { return {query_view(), key_view(), prior, config, pool}; }
};

template <class T>
long double length(BasicMatrixView<const T> matrix, std::size_t r) {
  long double sum = 0;
  for (const T value : matrix.row(r)) sum += static_cast<long double>(value) * value;
  return std::sqrt(sum);
}

// s, -inf where a key is masked.
template <class T>
Matrix logits(const Case<T>& c) {
  Matrix s(c.n, std::vector<long double>(c.m));
  const auto q = c.query_view(), k = c.key_view();
  for (std::size_t i = 0; i < c.n; ++i) {
    for (std::size_t j = 0; j < c.m; ++j) {
      long double sum = 0;
      for (std::size_t x = 0; x < c.d; ++x) sum += static_cast<long double>(q(i, x)) * k(j, x);
      if (c.config.similarity == Similarity::kCosine) {
        const long double lengths = length(q, i) * length(k, j);
        sum = lengths == 0 ? 0 : sum / lengths;
      }
      s[i][j] = sum * c.config.scale + (c.prior.empty() ? 0 : std::log(static_cast<long double>(c.prior[j])));
      if (c.mask_diagonal && i == j) s[i][j] = -std::numeric_limits<long double>::infinity();
    }
  }
  return s;
}

// The softmax of the entries of a row for which keep(j) holds; all zeros when there is none.
template <class Keep>
std::vector<long double> softmax(const std::vector<long double>& row, Keep&& keep) {
  long double largest = -std::numeric_limits<long double>::infinity(), sum = 0;
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (keep(j)) largest = std::max(largest, row[j]);
  }
  std::vector<long double> out(row.size());
  if (std::isinf(largest)) return out;
  for (std::size_t j = 0; j < row.size(); ++j) sum += out[j] = keep(j) ? std::exp(row[j] - largest) : 0;
  for (long double& weight : out) weight /= sum;
  return out;
}

template <class T>
Matrix attention(const Case<T>& c) {
  Matrix a;
  for (const auto& row : logits(c)) a.push_back(softmax(row, [](std::size_t) { return true; }));
  return a;
}

// What one prediction blends: the row of logits over its keys, and rating(key).
template <class Rating>
long double blend(const std::vector<long double>& row, Unrated unrated, Rating&& rating) {
  const auto rated = [&](std::size_t k) {
    return !std::isnan(rating(k)) && (unrated == Unrated::kZero || rating(k) != 0);
  };
  const auto weights = softmax(row, [&](std::size_t k) { return unrated == Unrated::kZero || rated(k); });
  long double sum = 0, total = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    total += weights[k];
    if (weights[k] > 0 && rated(k)) sum += weights[k] * rating(k);
  }
  return total == 0 ? std::numeric_limits<long double>::quiet_NaN() : sum;
}

}  // namespace attune::dense_reference
