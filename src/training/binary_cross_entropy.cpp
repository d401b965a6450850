#include <algorithm>
#include <cmath>

#include "kernels/vector.h"
#include "training/loss.h"

// Binary cross-entropy of the target against N items drawn for each token, equations S10 and S11:
//
//   loss = -beta log sigmoid(z_y) - sum_j log(1 - sigmoid(z_j))
//
// with beta = 1 (SASRec has N = 1), or gBCE's beta = a (t (1 - 1/a) + 1/a) with a = N / (V - 1), which undoes for t = 1
// what drawing few negatives does to the probabilities. Draws of the target itself are drawn again.
namespace attune {
namespace {

// log(1 + exp(z)), without overflow.
double softplus(double z) { return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)); }
double sigmoid(double z) { return z > 0 ? 1 / (1 + std::exp(-z)) : 1 - 1 / (1 + std::exp(z)); }

double positive_weight(const LossConfig& config, std::size_t items) {
  if (config.kind != LossKind::kGbce) return 1;
  const double share = static_cast<double>(config.negatives) / static_cast<double>(items - 1);
  return share * (config.calibration * (1 - 1 / share) + 1 / share);
}

// The target itself when there is nothing else to draw.
std::uint32_t draw_other_than(std::uint32_t target, const NegativeSampler& sampler, Rng& rng) {
  constexpr int kTries = 16;
  std::uint32_t item = target;
  for (int n = 0; n < kTries && item == target; ++n) item = sampler.draw(rng);
  return item;
}

}  // namespace

template <class T>
double SequenceLoss<T>::binary(const LossBatch<T>& batch, const LossGradients<T>& gradients, Arena<T>&) const {
  const std::size_t width = batch.hidden.columns;
  const double beta = positive_weight(config_, table_.rows), inverse = 1 / config_.temperature;
  Rng rng = batch.rng;
  double total = 0;
  for (std::size_t t = 0; t < batch.hidden.rows; ++t) {
    const T* hidden = batch.hidden.row(t).data();
    T* d_hidden = gradients.hidden.row(t).data();
    std::ranges::fill(gradients.hidden.row(t), T(0));
    const auto add = [&](std::uint32_t item, double slope) {
      const T step = static_cast<T>(static_cast<double>(batch.weight) * slope * inverse);
      kernels::axpy(step, table_.row(item).data(), d_hidden, width);
      kernels::axpy(step, hidden, gradients.table.row(item), width);
    };
    const auto logit = [&](std::uint32_t item) {
      return inverse * static_cast<double>(kernels::dot(hidden, table_.row(item).data(), width));
    };
    const std::uint32_t target = batch.targets[t];
    const double z = logit(target);
    total += beta * softplus(-z);
    add(target, -beta * sigmoid(-z));
    for (std::size_t n = 0; n < config_.negatives; ++n) {
      const std::uint32_t item = draw_other_than(target, *sampler_, rng);
      if (item == target) continue;
      const double other = logit(item);
      total += softplus(other);
      add(item, sigmoid(other));
    }
  }
  return total * static_cast<double>(batch.weight);
}

template double SequenceLoss<float>::binary(const LossBatch<float>&, const LossGradients<float>&, Arena<float>&) const;
template double SequenceLoss<double>::binary(const LossBatch<double>&, const LossGradients<double>&,
                                             Arena<double>&) const;

}  // namespace attune
