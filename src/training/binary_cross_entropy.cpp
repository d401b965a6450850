#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

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

// log(1 + exp(z)), without overflow, and its slope, sigmoid(z).
struct Softplus {
  double value, slope;

  explicit Softplus(double z) {
    const double e = std::exp(-std::abs(z));
    value = std::max(z, 0.0) + std::log1p(e);
    slope = (z > 0 ? 1 : e) / (1 + e);
  }
};

double positive_weight(const LossConfig& config, std::size_t items) {
  if (config.kind != LossKind::kGbce || items == 1) return 1;
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
  std::vector<std::uint32_t> items(batch.hidden.rows * config_.negatives);  // drawn
  for (std::size_t t = 0; t < batch.hidden.rows; ++t) {
    for (std::size_t n = 0; n < config_.negatives; ++n) {
      items[t * config_.negatives + n] = draw_other_than(batch.targets[t], *sampler_, rng);
    }
  }
  const auto fetch_ahead = [&](std::uint32_t item) {
    prefetch_row(table_.row(item).data(), width);
    gradients.table.prefetch(item);
  };
  double total = 0;
  for (std::size_t t = 0; t < batch.hidden.rows; ++t) {
    if (t + kTokensAhead < batch.hidden.rows) {
      fetch_ahead(batch.targets[t + kTokensAhead]);
      if (config_.negatives == 1) fetch_ahead(items[t + kTokensAhead]);
    }
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
    const Softplus positive(-logit(target));
    total += beta * positive.value;
    add(target, -beta * positive.slope);
    for (std::size_t n = 0; n < config_.negatives; ++n) {
      const std::uint32_t item = items[t * config_.negatives + n];
      if (item == target) continue;
      const Softplus negative(logit(item));
      total += negative.value;
      add(item, negative.slope);
    }
  }
  return total * static_cast<double>(batch.weight);
}

template double SequenceLoss<float>::binary(const LossBatch<float>&, const LossGradients<float>&, Arena<float>&) const;
template double SequenceLoss<double>::binary(const LossBatch<double>&, const LossGradients<double>&,
                                             Arena<double>&) const;

}  // namespace attune
