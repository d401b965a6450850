#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "attention/factor.h"
#include "kernels/gemm_bf16.h"
#include "kernels/vector.h"
#include "training/loss.h"
#include "training/softmax_weights.h"

// Softmax over the target and N drawn items that all tokens of a chunk share, so that their logits are one matrix
// product, equation S9. With log_q a drawn item j counts 1 / (N q(j)) times, the inverse of how often it is expected
// among the draws: the denominator is then an unbiased estimate of the catalogue's. The target is always there and
// counts once; where it was drawn too, that draw is left out. In-batch negatives are the chunk's own targets, which
// events draw by popularity: q is that of a sampler of power 1.
namespace attune {
namespace {

// Which columns an item was drawn for.
class DrawnColumns {
 public:
  explicit DrawnColumns(std::span<const std::uint32_t> drawn) {
    for (std::size_t j = 0; j < drawn.size(); ++j) sorted_.emplace_back(drawn[j], j);
    std::ranges::sort(sorted_);
  }

  template <class Visit>
  void for_each_of(std::uint32_t item, const Visit& visit) const {
    for (auto at = std::ranges::lower_bound(sorted_, std::pair(item, std::size_t{0}));
         at != sorted_.end() && at->first == item; ++at) {
      visit(at->second);
    }
  }

 private:
  std::vector<std::pair<std::uint32_t, std::size_t>> sorted_;
};

}  // namespace

template <class T>
template <class F>
double SequenceLoss<T>::sampled_softmax_as(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                           Arena<T>& arena) const {
  const std::size_t tokens = batch.hidden.rows, width = batch.hidden.columns;
  const std::size_t drawn = config_.in_batch ? std::min(tokens, config_.negatives) : config_.negatives;
  const T inverse = T(1 / config_.temperature);
  const BasicMatrixView<T> items = arena.matrix(drawn, width), logits = arena.matrix(tokens, drawn);
  T* corrections = arena.take(drawn);
  std::vector<std::uint32_t> negatives(drawn);
  Rng rng = batch.rng;
  for (std::size_t j = 0; j < drawn; ++j) {
    negatives[j] = config_.in_batch ? batch.targets[j * tokens / drawn] : sampler_->draw(rng);
    std::ranges::copy(table_.row(negatives[j]), items.row(j).begin());
    corrections[j] =
        config_.log_q ? static_cast<T>(-std::log(static_cast<double>(drawn)) - sampler_->log_probability(negatives[j]))
                      : T(0);
  }
  const DrawnColumns columns(negatives);
  const BasicMatrixView<T> scaled = arena.matrix(tokens, width);  // h / temperature, later times the row's factor
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t c = 0; c < width; ++c) scaled(t, c) = batch.hidden(t, c) * inverse;
  }
  const BasicMatrixView<const F> factor = as_factor<F>(items, arena);
  kernels::gemm_nt(as_factor<F>(scaled, arena), factor, logits, kernels::Epilogue<T>{.bias = corrections});
  BasicMatrixView<F> weights;
  if constexpr (std::is_same_v<F, T>) {
    weights = logits;
  } else {
    weights = {arena.template take_as<F>(tokens * drawn), tokens, drawn};
  }
  T* factors = arena.take(tokens);
  T* targets = arena.take(tokens);  // gradient of the target's logit
  double total = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    T* row = logits.row(t).data();
    const T target = kernels::dot(scaled.row(t).data(), table_.row(batch.targets[t]).data(), width);
    columns.for_each_of(batch.targets[t], [&](std::size_t j) { row[j] = -std::numeric_limits<T>::infinity(); });
    const T shift = std::max(target, kernels::max(row, drawn));
    const double own = std::exp(static_cast<double>(target - shift));
    const double sum = softmax_weights(logits, t, shift, weights) + own;
    total += static_cast<double>(shift) + std::log(sum) - static_cast<double>(target);
    factors[t] = static_cast<T>(static_cast<double>(batch.weight * inverse) / sum);
    targets[t] = batch.weight * inverse * static_cast<T>(own / sum - 1);
    for (std::size_t c = 0; c < width; ++c) scaled(t, c) = batch.hidden(t, c) * factors[t];
  }
  kernels::gemm_nn(BasicMatrixView<const F>(weights), factor, gradients.hidden, kernels::Accumulate::kNo);
  for (std::size_t t = 0; t < tokens; ++t) {
    T* d_hidden = gradients.hidden.row(t).data();
    kernels::scale(factors[t], d_hidden, width);
    kernels::axpy(targets[t], table_.row(batch.targets[t]).data(), d_hidden, width);
    kernels::axpy(targets[t], batch.hidden.row(t).data(), gradients.table.row(batch.targets[t]), width);
  }
  kernels::gemm_tn(BasicMatrixView<const F>(weights), as_factor<F>(scaled, arena), items,
                   kernels::Accumulate::kNo);  // the drawn rows are no longer needed
  for (std::size_t j = 0; j < drawn; ++j) {
    kernels::axpy(T(1), items.row(j).data(), gradients.table.row(negatives[j]), width);
  }
  return total * static_cast<double>(batch.weight);
}

template <class T>
double SequenceLoss<T>::sampled_softmax(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                        Arena<T>& arena) const {
  if constexpr (std::is_same_v<T, float>) {
    if (rounds()) {
      return sampled_softmax_as<kernels::Bf16>(batch, gradients, arena);
    }
  }
  return sampled_softmax_as<T>(batch, gradients, arena);
}

template double SequenceLoss<float>::sampled_softmax(const LossBatch<float>&, const LossGradients<float>&,
                                                     Arena<float>&) const;
template double SequenceLoss<double>::sampled_softmax(const LossBatch<double>&, const LossGradients<double>&,
                                                      Arena<double>&) const;

}  // namespace attune
