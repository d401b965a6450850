#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "attention/arena.h"
#include "attention/factor.h"
#include "base/aligned_buffer.h"
#include "base/matrix_view.h"
#include "base/rng.h"
#include "features/negative_sampler.h"
#include "kernels/bf16.h"
#include "training/table_gradient.h"

namespace attune {

// What a loss is computed of: n tokens, each with a hidden vector and the item that came next. Views.
template <class T>
struct LossBatch {
  BasicMatrixView<const T> hidden;         // [n, D]
  std::span<const std::uint32_t> targets;  // n, rows of the item table
  T weight = 1;                            // of each token's loss; 1 / tokens of the step for a mean
  Rng rng{0};                              // draws negatives; of this chunk alone
};

// Where its gradients go.
template <class T>
struct LossGradients {
  BasicMatrixView<T> hidden;  // [n, D], overwritten
  TableGradient<T>& table;    // added to
};

enum class LossKind {
  kCrossEntropy,    // softmax over the whole catalogue                                          (equation S8)
  kSampledSoftmax,  // softmax over the target and drawn negatives, the same for all tokens of a chunk        (S9)
  kBce,             // binary cross-entropy with drawn negatives for each token                               (S10)
  kGbce,            // the same, the positive's term calibrated (Petrov and Macdonald, 2023)                  (S11)
  kBucketed,        // softmax over the hardest negatives of random buckets (SCE; Mezentsev et al., 2024)     (S12)
};

struct LossConfig {
  LossKind kind = LossKind::kCrossEntropy;
  std::size_t negatives = 256;  // drawn, for each token (BCE) or chunk (sampled softmax); columns of a bucket (SCE)
  bool log_q = true;            // sampled softmax: negatives count with their inverse expected number
  double calibration = 0.75;    // gBCE's t
  double label_smoothing = 0;   // cross-entropy: share of the target's weight that is spread over the catalogue
  double temperature = 1;       // logits are divided by it
  bool in_batch = false;        // sampled softmax: a chunk's own targets are its negatives, up to `negatives` of them
  bool cosine = false;          // logits are cosines of h and e instead of dot products
  // Cross-entropy: up to so many logits of a chunk are kept (16 MB of float); beyond, they are computed a second time,
  // block by block, and memory is independent of the catalogue.
  std::size_t logits_kept = std::size_t{4} << 20;
  // Of hidden vectors, items and weights of a softmax: for cross-entropy with kept logits, and sampled softmax. Not in
  // double.
  kernels::Products products = kernels::Products::kFloat;
};

// A loss over an item table E [V, D], tied to the network's input: logits are h · e / temperature, or cos(h, e) /
// temperature. Thread-safe between calls of prepare(); each thread brings an arena.
template <class T>
class SequenceLoss {
 public:
  // `sampler` is kept by view; only losses that draw need one.
  SequenceLoss(const LossConfig& config, const NegativeSampler* sampler, std::size_t items, std::size_t width);

  // Whether gradients reach the whole table, so that a dense form serves better.
  bool dense() const { return config_.kind == LossKind::kCrossEntropy; }

  // Takes the table up; to be called whenever it has changed. Kept by view.
  void prepare(BasicMatrixView<const T> table);

  // The weighted sum of the tokens' losses. With cosine, the gradients of the table are those of its rows brought to
  // length 1: finish() turns them.
  double forward_backward(const LossBatch<T>& batch, const LossGradients<T>& gradients, Arena<T>& arena) const;

  // Cosine alone: adds to `to` the gradients of the table's rows that `units` holds for the rows of length 1, and
  // clears `units`.
  void finish(TableGradient<T>& units, TableGradient<T>& to) const;

 private:
  // Whether the factors of products are rounded to bf16, which only float's are.
  bool rounds() const { return std::is_same_v<T, float> && config_.products == kernels::Products::kBf16; }

  double cross_entropy(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  template <class F>
  double kept_cross_entropy(const FactorBothWays<F>&, const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  double cross_entropy_in_blocks(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  template <class F>
  double sampled_softmax_as(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  double sampled_softmax(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  double binary(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;
  double bucketed(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;

  double of_logits(const LossBatch<T>&, const LossGradients<T>&, Arena<T>&) const;

  LossConfig config_;
  const NegativeSampler* sampler_;
  BasicMatrixView<const T> table_;  // as logits meet it: with cosine, rows of length 1
  AlignedBuffer<T> units_;          // cosine alone: those rows,
  std::vector<T> lengths_;          // and what they were divided by
  // Of the whole catalogue, for cross-entropy:
  FactorBothWays<T> catalogue_;  // unless it is rounded
  FactorBothWays<kernels::Bf16> rounded_;
  double longest_ = 0;        // length of the longest row
  std::vector<T> table_sum_;  // of all rows, for smoothing
};

extern template class SequenceLoss<float>;
extern template class SequenceLoss<double>;

}  // namespace attune
