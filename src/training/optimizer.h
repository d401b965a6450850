#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "attention/parameters.h"
#include "base/thread_pool.h"
#include "training/table_gradient.h"
#include "training/weights.h"

namespace attune {

struct OptimizerConfig {
  double learning_rate = 1e-3;  // the largest, after warm-up
  double final_rate = 1;        // share of it that is left at the last step, reached along half a cosine; 1: constant
  std::uint64_t warmup_steps = 0;
  std::uint64_t total_steps = 1;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0;   // decoupled (AdamW), of matrices of the network alone
  double clip = 0;           // the norm of the gradient is cut to it; 0: never
  double average_decay = 0;  // of the moving average of the weights; 0: none is kept
};

// The rate of step number `step`, from 1: linear warm-up, then the cosine.
double learning_rate(const OptimizerConfig& config, std::uint64_t step);

// What one lane's work sums up: gradients in the form of the parameters, and of the table.
struct LaneGradients {
  AlignedBuffer<float> parameters;
  TableGradient<float> table;

  LaneGradients(TableGradient<float>::Form form, std::size_t parameter_count, std::size_t items, std::size_t width)
      : parameters(parameter_count), table(form, items, width) {}
};

// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019) over a network and its item
// table. When the table's gradient is sparse, the rows that a step did not touch keep their values *and their moments*
// (lazy Adam): their momentum does not carry them on, and does not fade, until they are touched again; the corrections
// of bias count all steps.
class Optimizer {
 public:
  // `list` says which value belongs to which parameter; kept by view.
  Optimizer(const OptimizerConfig& config, const ParameterList& list, std::size_t items, std::size_t width);

  // One step: sums the lanes in their order, updates the weights and clears the lanes. Throws Error(kBadInput) naming
  // the parameter when a gradient is not finite; weights are then as they were.
  void step(std::span<LaneGradients> lanes, Weights& weights, ThreadPool& pool);

  std::uint64_t steps() const { return step_; }
  double gradient_norm() const { return norm_; }  // of the last step, before clipping
  double last_rate() const { return step_ == 0 ? 0 : learning_rate(config_, step_); }

  // Moments and average, for checkpoints; average() is empty unless one is kept.
  Weights& first() { return first_; }
  Weights& second() { return second_; }
  Weights& average() { return average_; }
  void restore(std::uint64_t steps) { step_ = steps; }
  bool keeps_average() const { return config_.average_decay > 0; }

 private:
  void sum_rows(std::span<LaneGradients> lanes, ThreadPool& pool);
  void sum_dense(std::span<LaneGradients> lanes, ThreadPool& pool);
  void refuse_non_finite(std::span<const LaneGradients> lanes) const;
  void update_parameters(std::span<LaneGradients> lanes, Weights& weights, double scale, ThreadPool& pool);
  void update_table(std::span<LaneGradients> lanes, Weights& weights, double scale, ThreadPool& pool);

  OptimizerConfig config_;
  const ParameterList& list_;
  std::size_t width_;
  Weights first_, second_, average_;
  std::vector<std::uint32_t> rows_;        // touched in this step by any lane
  std::vector<std::uint64_t> touched_at_;  // by item, the step that touched it last
  std::vector<float> row_sums_;            // their gradients, [rows, D]
  std::vector<double> squares_;            // of each piece of the sums, in order
  std::uint64_t step_ = 0;
  double norm_ = 0;
};

}  // namespace attune
