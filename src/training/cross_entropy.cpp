#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/vector.h"
#include "training/loss.h"

// Softmax cross-entropy over the whole catalogue, equation S8. With logits z = h Eᵀ / temperature, p = softmax(z),
// target y and smoothing s, the loss of a token is -(1 - s) log p_y - s / V sum_j log p_j and its gradient
//
//   dz = p - (1 - s) onehot(y) - s / V,   dh = dz E / temperature,   dE = dzᵀ h / temperature.
//
// Exponentials are left unnormalised: what they must be multiplied by is a factor of their row, which goes into the
// rows of dh and of h instead.
namespace attune {
namespace {

constexpr std::size_t kBlock = 512;

// dh and dE of the target's own term; `share` is its part of the weight.
template <class T>
void add_target(const T* hidden, const T* item, T share, T* d_hidden, T* d_item, std::size_t width) {
  kernels::axpy(-share, item, d_hidden, width);
  kernels::axpy(-share, hidden, d_item, width);
}

// What a token's softmax is known to be while the blocks of the catalogue go by.
struct RunningSoftmax {
  double shift = -INFINITY;  // the largest logit so far
  double sum = 0;            // of exp(logit - shift)
  double total = 0;          // of the logits, for smoothing

  template <class T>
  void add(const T* logits, std::size_t n, bool smoothing) {
    const double largest = std::max(shift, static_cast<double>(kernels::max(logits, n)));
    sum = sum * std::exp(shift - largest) + kernels::sum_exp(logits, static_cast<T>(largest), n);
    shift = largest;
    for (std::size_t j = 0; j < n && smoothing; ++j) total += static_cast<double>(logits[j]);
  }
  double log_denominator() const { return shift + std::log(sum); }
};

}  // namespace

template <class T>
double SequenceLoss<T>::cross_entropy(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                      Arena<T>& arena) const {
  const std::size_t tokens = batch.hidden.rows, width = batch.hidden.columns, items = table_.rows;
  if (tokens * items > config_.logits_kept) return cross_entropy_in_blocks(batch, gradients, arena);
  const T inverse = T(1 / config_.temperature), smoothing = T(config_.label_smoothing);
  const BasicMatrixView<T> logits = arena.matrix(tokens, items), scaled = arena.matrix(tokens, width);
  T* factors = arena.take(tokens);
  kernels::gemm(batch.hidden, logits_, 0, logits);
  double total = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    T* row = logits.row(t).data();
    if (inverse != T(1)) kernels::scale(inverse, row, items);
    const T target = row[batch.targets[t]], shift = kernels::max(row, items);
    double mean = 0;
    if (smoothing > 0) {
      for (std::size_t j = 0; j < items; ++j) mean += static_cast<double>(row[j]) / static_cast<double>(items);
    }
    const double sum = kernels::exp_shifted(row, shift, items), lse = static_cast<double>(shift) + std::log(sum);
    total += lse - (1 - config_.label_smoothing) * static_cast<double>(target) - config_.label_smoothing * mean;
    if (smoothing > 0) {
      const T spread = static_cast<T>(config_.label_smoothing * sum / static_cast<double>(items));
      for (std::size_t j = 0; j < items; ++j) row[j] -= spread;
    }
    factors[t] = static_cast<T>(static_cast<double>(batch.weight * inverse) / sum);
    const T* hidden = batch.hidden.row(t).data();
    for (std::size_t c = 0; c < width; ++c) scaled(t, c) = hidden[c] * factors[t];
  }
  kernels::gemm(logits, backward_, 0, gradients.hidden);
  kernels::gemm_tn(logits, scaled, gradients.table.matrix(), kernels::Accumulate::kYes);
  const T share = batch.weight * inverse * (1 - smoothing);
  for (std::size_t t = 0; t < tokens; ++t) {
    T* d_hidden = gradients.hidden.row(t).data();
    kernels::scale(factors[t], d_hidden, width);
    add_target(batch.hidden.row(t).data(), table_.row(batch.targets[t]).data(), share, d_hidden,
               gradients.table.row(batch.targets[t]), width);
  }
  return total * static_cast<double>(batch.weight);
}

template <class T>
double SequenceLoss<T>::cross_entropy_in_blocks(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                                Arena<T>& arena) const {
  const std::size_t tokens = batch.hidden.rows, width = batch.hidden.columns, items = table_.rows;
  const T inverse = T(1 / config_.temperature), smoothing = T(config_.label_smoothing);
  const BasicMatrixView<T> query = arena.matrix(tokens, width);     // h / temperature
  const BasicMatrixView<T> weighted = arena.matrix(tokens, width);  // the same times the token's weight
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t c = 0; c < width; ++c) {
      query(t, c) = batch.hidden(t, c) * inverse;
      weighted(t, c) = query(t, c) * batch.weight;
    }
  }
  const BasicMatrixView<T> buffer = arena.matrix(tokens, kBlock);
  const auto logits_from = [&](std::size_t first) {
    const BasicMatrixView<T> block(buffer.data, tokens, std::min(kBlock, items - first), kBlock);
    kernels::gemm(query, logits_, first, block);
    return block;
  };
  std::vector<RunningSoftmax> softmax(tokens);
  for (std::size_t first = 0; first < items; first += kBlock) {
    const BasicMatrixView<T> block = logits_from(first);
    for (std::size_t t = 0; t < tokens; ++t) softmax[t].add(block.row(t).data(), block.columns, smoothing > 0);
  }
  for (std::size_t t = 0; t < tokens; ++t) std::ranges::fill(gradients.hidden.row(t), T(0));
  const T spread = smoothing / static_cast<T>(items);
  for (std::size_t first = 0; first < items; first += kBlock) {
    const BasicMatrixView<T> block = logits_from(first);
    for (std::size_t t = 0; t < tokens; ++t) {
      T* row = block.row(t).data();
      kernels::exp_shifted(row, static_cast<T>(softmax[t].log_denominator()), block.columns);
      for (std::size_t j = 0; j < block.columns && smoothing > 0; ++j) row[j] -= spread;
    }
    kernels::gemm_nn(block, table_.rows_from(first, block.columns), gradients.hidden, kernels::Accumulate::kYes);
    kernels::gemm_tn(block, weighted, gradients.table.matrix().rows_from(first, block.columns),
                     kernels::Accumulate::kYes);
  }
  double total = 0;
  const T share = batch.weight * inverse * (1 - smoothing);
  for (std::size_t t = 0; t < tokens; ++t) {
    const T* item = table_.row(batch.targets[t]).data();
    total += softmax[t].log_denominator() -
             (1 - config_.label_smoothing) * static_cast<double>(kernels::dot(query.row(t).data(), item, width)) -
             config_.label_smoothing * softmax[t].total / static_cast<double>(items);
    T* d_hidden = gradients.hidden.row(t).data();
    kernels::scale(batch.weight * inverse, d_hidden, width);
    add_target(batch.hidden.row(t).data(), item, share, d_hidden, gradients.table.row(batch.targets[t]), width);
  }
  return total * static_cast<double>(batch.weight);
}

#define ATTUNE_FOR_SCALAR(T)                                                                                        \
  template double SequenceLoss<T>::cross_entropy(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;    \
  template double SequenceLoss<T>::cross_entropy_in_blocks(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) \
      const;
ATTUNE_FOR_SCALAR(float)
ATTUNE_FOR_SCALAR(double)
#undef ATTUNE_FOR_SCALAR

}  // namespace attune
