#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "base/error.h"
#include "kernels/adam.h"
#include "kernels/vector.h"

namespace attune {
namespace {

constexpr std::size_t kPiece = 8192;    // values of a dense gradient that one task sums
constexpr std::size_t kRowPiece = 256;  // rows of a sparse one

std::size_t pieces(std::size_t count, std::size_t size) { return (count + size - 1) / size; }

// Adds lanes 1, 2, … to lane 0 and clears them, and returns the sum of squares of the result.
template <class LaneValues>
double sum_lanes(std::size_t lanes, std::size_t first, std::size_t count, const LaneValues& of_lane) {
  float* sum = of_lane(0) + first;
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    float* values = of_lane(lane) + first;
    kernels::axpy(1.0F, values, sum, count);
    std::fill_n(values, count, 0.0F);
  }
  return kernels::sum_of_squares(sum, count);
}

kernels::AdamStep adam_step(const OptimizerConfig& config, std::uint64_t step, double gradient_scale) {
  kernels::AdamStep made;
  made.learning_rate = learning_rate(config, step);
  made.beta1 = config.beta1;
  made.beta2 = config.beta2;
  made.epsilon = config.epsilon;
  made.decay = config.weight_decay;
  made.form = kernels::WeightDecay::kDecoupled;
  made.correction1 = 1 - std::pow(config.beta1, static_cast<double>(step));
  made.correction2 = 1 - std::pow(config.beta2, static_cast<double>(step));
  made.gradient_scale = gradient_scale;
  return made;
}

// Shorter while there is little to average, so that the beginning is soon forgotten.
double average_decay(const OptimizerConfig& config, std::uint64_t step) {
  return std::min(config.average_decay, static_cast<double>(1 + step) / static_cast<double>(10 + step));
}

// Whether weight decay means this parameter: matrices, not the vectors of norms and biases.
bool decays(const Parameter& parameter) { return parameter.rows > 1; }

}  // namespace

double learning_rate(const OptimizerConfig& config, std::uint64_t step) {
  if (step < config.warmup_steps) {
    return config.learning_rate * static_cast<double>(step) / static_cast<double>(config.warmup_steps);
  }
  const double rest =
      static_cast<double>(std::max<std::uint64_t>(config.total_steps, config.warmup_steps + 1) - config.warmup_steps);
  const double done = std::min(1.0, static_cast<double>(step - config.warmup_steps) / rest);
  const double share = config.final_rate + (1 - config.final_rate) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  return config.learning_rate * share;
}

Optimizer::Optimizer(const OptimizerConfig& config, const ParameterList& list, std::size_t items, std::size_t width)
    : config_(config),
      list_(list),
      width_(width),
      first_(list.size(), items, width),
      second_(list.size(), items, width),
      touched_at_(items) {
  if (keeps_average()) average_ = Weights(list.size(), items, width);
}

void Optimizer::step(std::span<LaneGradients> lanes, Weights& weights, ThreadPool& pool) {
  ++step_;
  const bool sparse = lanes[0].table.form() == TableGradient<float>::Form::kSparse;
  squares_.clear();
  sum_dense(lanes, pool);
  if (sparse) sum_rows(lanes, pool);
  double total = 0;
  for (const double value : squares_) total += value;
  norm_ = std::sqrt(total);
  if (!std::isfinite(norm_)) refuse_non_finite(lanes);
  const double scale = config_.clip > 0 && norm_ > config_.clip ? config_.clip / norm_ : 1;
  update_parameters(lanes, weights, scale, pool);
  update_table(lanes, weights, scale, pool);
  for (LaneGradients& lane : lanes) lane.table.clear();
}

void Optimizer::sum_dense(std::span<LaneGradients> lanes, ThreadPool& pool) {
  const auto sum = [&](std::size_t size, const auto& of_lane) {
    const std::size_t begin = squares_.size(), tasks = pieces(size, kPiece);
    squares_.resize(begin + tasks);
    pool.for_each(tasks, [&](std::size_t task) {
      const std::size_t first = task * kPiece, count = std::min(kPiece, size - first);
      squares_[begin + task] = sum_lanes(lanes.size(), first, count, of_lane);
    });
  };
  sum(lanes[0].parameters.size(), [&](std::size_t lane) { return lanes[lane].parameters.data(); });
  if (lanes[0].table.form() == TableGradient<float>::Form::kDense) {
    sum(lanes[0].table.matrix().rows * width_, [&](std::size_t lane) { return lanes[lane].table.matrix().data; });
  }
}

void Optimizer::sum_rows(std::span<LaneGradients> lanes, ThreadPool& pool) {
  rows_.clear();
  for (const LaneGradients& lane : lanes) {
    for (const std::uint32_t row : lane.table.touched()) {
      if (std::exchange(touched_at_[row], step_) != step_) rows_.push_back(row);
    }
  }
  row_sums_.assign(rows_.size() * width_, 0.0F);
  const std::size_t begin = squares_.size(), tasks = pieces(rows_.size(), kRowPiece);
  squares_.resize(begin + tasks);
  pool.for_each(tasks, [&](std::size_t task) {
    const std::size_t first = task * kRowPiece, last = std::min(rows_.size(), first + kRowPiece);
    for (std::size_t r = first; r < last; ++r) {
      for (const LaneGradients& lane : lanes) {
        const float* part = lane.table.find(rows_[r]);
        if (part != nullptr) kernels::axpy(1.0F, part, row_sums_.data() + r * width_, width_);
      }
    }
    squares_[begin + task] = kernels::sum_of_squares(row_sums_.data() + first * width_, (last - first) * width_);
  });
}

void Optimizer::refuse_non_finite(std::span<const LaneGradients> lanes) const {
  const auto finite = [](std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
  };
  std::string name = "the item vectors";
  for (const Parameter& parameter : list_.all()) {
    if (!finite(lanes[0].parameters.span().subspan(parameter.offset, parameter.size()))) name = parameter.name;
  }
  throw Error(ErrorKind::kBadInput, "training step ", step_, ": the gradient of ", name,
              " is not finite; lower --learning-rate, or set --clip 1");
}

void Optimizer::update_parameters(std::span<LaneGradients> lanes, Weights& weights, double scale, ThreadPool& pool) {
  const auto parameters = list_.all();
  const double decay = average_decay(config_, step_);
  pool.for_each(parameters.size(), [&](std::size_t number) {
    const Parameter& parameter = parameters[number];
    kernels::AdamStep how = adam_step(config_, step_, scale);
    if (!decays(parameter)) how.decay = 0;
    const std::size_t at = parameter.offset;
    float* gradient = lanes[0].parameters.data() + at;
    kernels::adam(how, weights.parameters.data() + at, gradient,
                  {first_.parameters.data() + at, second_.parameters.data() + at}, parameter.size());
    std::fill_n(gradient, parameter.size(), 0.0F);
    if (keeps_average()) {
      kernels::update_average(decay, weights.parameters.data() + at, average_.parameters.data() + at, parameter.size());
    }
  });
}

void Optimizer::update_table(std::span<LaneGradients> lanes, Weights& weights, double scale, ThreadPool& pool) {
  kernels::AdamStep how = adam_step(config_, step_, scale);
  how.decay = 0;
  const auto update = [&](std::size_t at, float* gradient, std::size_t count) {
    kernels::adam(how, weights.table.data() + at, gradient, {first_.table.data() + at, second_.table.data() + at},
                  count);
  };
  const std::size_t size = weights.table.size();
  if (lanes[0].table.form() == TableGradient<float>::Form::kDense) {
    pool.for_each(pieces(size, kPiece), [&](std::size_t task) {
      const std::size_t first = task * kPiece, count = std::min(kPiece, size - first);
      float* gradient = lanes[0].table.matrix().data + first;
      update(first, gradient, count);
      std::fill_n(gradient, count, 0.0F);
    });
  } else {
    pool.for_each(pieces(rows_.size(), kRowPiece), [&](std::size_t task) {
      const std::size_t first = task * kRowPiece, last = std::min(rows_.size(), first + kRowPiece);
      for (std::size_t r = first; r < last; ++r) update(rows_[r] * width_, row_sums_.data() + r * width_, width_);
    });
  }
  if (!keeps_average()) return;
  const double decay = average_decay(config_, step_);
  pool.for_each(pieces(size, kPiece), [&](std::size_t task) {
    const std::size_t first = task * kPiece, count = std::min(kPiece, size - first);
    kernels::update_average(decay, weights.table.data() + first, average_.table.data() + first, count);
  });
}

}  // namespace attune
