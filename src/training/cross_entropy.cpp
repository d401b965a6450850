#include <algorithm>
#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

#include "attention/factor.h"
#include "kernels/gemm_bf16.h"
#include "kernels/vector.h"
#include "training/loss.h"
#include "training/softmax_weights.h"

// Softmax cross-entropy over the whole catalogue, equation S8. With logits z = h Eᵀ / temperature, p = softmax(z),
// target y and smoothing s, the loss of a token is -(1 - s) log p_y - s / V sum_j log p_j and its gradient
//
//   dz = p - (1 - s) onehot(y) - s / V,   dh = dz E / temperature,   dE = dzᵀ h / temperature.
//
// Exponentials are left unnormalised: what they must be multiplied by is a factor of their row, which goes into the
// rows of dh and of h instead. What smoothing adds is the same for all items of a token and for all tokens of an item:
// it is added to dh and dE apart.
namespace attune {
namespace {

constexpr std::size_t kBlock = 512;
template <class T>
constexpr std::size_t kRowStep =
    kBlock + 64 / sizeof(T);  // no power of two, at which rows would share a set of the cache

// dh and dE of the target's own term; `share` is its part of the weight.
template <class T>
void add_target(const T* hidden, const T* item, T share, T* d_hidden, T* d_item, std::size_t width) {
  kernels::axpy(-share, item, d_hidden, width);
  kernels::axpy(-share, hidden, d_item, width);
}

// A token's softmax over the catalogue: its sum of exp(logit - shift).
struct TokenSoftmax {
  double target = 0;  // logit of the target
  double shift = 0;
  double sum = 0;
};
constexpr double kLeastSum = 1e-25;  // what is lost to a float's smallest number is far less

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

// Room that a shift leaves below where exp is too large.
constexpr double kRoom = 80;

// Logits need no largest one to be subtracted from them: each is at most |q| times the length of the longest row of E,
// and the sum is at least the target's own term. A shift of the target's logit, or just below that bound if it is far
// away, keeps every exponential finite.
template <class T>
TokenSoftmax before_sum(const T* query, const T* target, std::size_t width, double longest) {
  TokenSoftmax made;
  made.target = static_cast<double>(kernels::dot(query, target, width));
  const double bound = std::sqrt(static_cast<double>(kernels::dot(query, query, width))) * longest;
  made.shift = std::max(made.target, bound - kRoom);
  return made;
}

}  // namespace

// Should a sum be too small for T, the blocks below find the largest logit first.
template <class T>
template <class F>
double SequenceLoss<T>::kept_cross_entropy(const FactorBothWays<F>& catalogue, const LossBatch<T>& batch,
                                           const LossGradients<T>& gradients, Arena<T>& arena) const {
  const std::size_t tokens = batch.hidden.rows, width = batch.hidden.columns, items = table_.rows;
  const double inverse = 1 / config_.temperature, smoothing = config_.label_smoothing;
  const auto mark = arena.mark();
  const BasicMatrixView<T> query = arena.matrix(tokens, width), buffer = arena.matrix(tokens, kRowStep<T>);
  std::vector<TokenSoftmax> softmax(tokens);
  for (std::size_t t = 0; t < tokens; ++t) {
    const std::span<T> q = query.row(t);
    std::ranges::copy(batch.hidden.row(t), q.begin());
    kernels::scale(static_cast<T>(inverse), q.data(), width);
    softmax[t] = before_sum(q.data(), table_.row(batch.targets[t]).data(), width, longest_);
  }
  // Unnormalised weights, a block of items after the other.
  F* weights = arena.template take_as<F>((items + kBlock - 1) / kBlock * tokens * kRowStep<F>);
  const auto block_of = [&](std::size_t first) {
    const std::size_t count = std::min(kBlock, items - first);
    return BasicMatrixView<F>(weights + first / kBlock * tokens * kRowStep<F>, tokens, count, kRowStep<F>);
  };
  const BasicMatrixView<const F> factor = as_factor<F>(query, arena);
  for (std::size_t first = 0; first < items; first += kBlock) {
    const BasicMatrixView<F> block = block_of(first);
    BasicMatrixView<T> logits(buffer.data, tokens, block.columns, kRowStep<T>);
    if constexpr (std::is_same_v<F, T>) logits = block;
    kernels::gemm(factor, catalogue.turned(), first, logits);
    for (std::size_t t = 0; t < tokens; ++t) {
      softmax[t].sum += softmax_weights(logits, t, static_cast<T>(softmax[t].shift), block);
    }
    kernels::gemm_from_row(block, catalogue.straight(), first, gradients.hidden,
                           {.accumulate = first > 0 ? kernels::Accumulate::kYes : kernels::Accumulate::kNo});
  }
  const auto usable = [](const TokenSoftmax& s) { return s.sum > kLeastSum && std::isfinite(s.sum); };
  if (!std::ranges::all_of(softmax, usable)) {
    arena.reset(mark);
    return cross_entropy_in_blocks(batch, gradients, arena);
  }
  double total = 0;
  const T share = static_cast<T>(static_cast<double>(batch.weight) * inverse * (1 - smoothing));
  const T spread = static_cast<T>(static_cast<double>(batch.weight) * inverse * smoothing / static_cast<double>(items));
  std::vector<T> query_sum(smoothing > 0 ? width : 0);
  for (std::size_t t = 0; t < tokens; ++t) {
    T *q = query.row(t).data(), *d_hidden = gradients.hidden.row(t).data();
    const T* hidden = batch.hidden.row(t).data();
    total += softmax[t].shift + std::log(softmax[t].sum) - (1 - smoothing) * softmax[t].target;
    if (smoothing > 0) {
      total -= smoothing * static_cast<double>(kernels::dot(q, table_sum_.data(), width)) / static_cast<double>(items);
      kernels::axpy(T(1), hidden, query_sum.data(), width);
    }
    const T scale = static_cast<T>(static_cast<double>(batch.weight) * inverse / softmax[t].sum);
    kernels::scale(scale, d_hidden, width);
    for (std::size_t c = 0; c < width; ++c) q[c] = hidden[c] * scale;  // what the weights of the row meet
    if (smoothing > 0) kernels::axpy(-spread, table_sum_.data(), d_hidden, width);
    add_target(hidden, table_.row(batch.targets[t]).data(), share, d_hidden, gradients.table.row(batch.targets[t]),
               width);
  }
  const BasicMatrixView<const F> scaled = as_factor<F>(query, arena);
  for (std::size_t first = 0; first < items; first += kBlock) {
    const BasicMatrixView<const F> block = block_of(first);
    kernels::gemm_tn(block, scaled, gradients.table.matrix().rows_from(first, block.columns),
                     kernels::Accumulate::kYes);
  }
  for (std::size_t j = 0; j < items && smoothing > 0; ++j) {
    kernels::axpy(-spread, query_sum.data(), gradients.table.row(static_cast<std::uint32_t>(j)), width);
  }
  return total * static_cast<double>(batch.weight);
}

template <class T>
double SequenceLoss<T>::cross_entropy(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                      Arena<T>& arena) const {
  if (batch.hidden.rows * table_.rows > config_.logits_kept) return cross_entropy_in_blocks(batch, gradients, arena);
  if constexpr (std::is_same_v<T, float>) {
    if (rounds()) return kept_cross_entropy<kernels::Bf16>(rounded_, batch, gradients, arena);
  }
  return kept_cross_entropy<T>(catalogue_, batch, gradients, arena);
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
  const BasicMatrixView<T> buffer = arena.matrix(tokens, kRowStep<T>);
  const auto logits_from = [&](std::size_t first) {
    const BasicMatrixView<T> block(buffer.data, tokens, std::min(kBlock, items - first), kRowStep<T>);
    if (rounds()) {
      kernels::gemm_nt(query, table_.rows_from(first, block.columns), block, kernels::Accumulate::kNo);
    } else {
      kernels::gemm(query, catalogue_.turned(), first, block);
    }
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
