#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "attention/sequence_network.h"
#include "base/thread_pool.h"
#include "features/negative_sampler.h"
#include "features/sequence_windows.h"
#include "training/loss.h"
#include "training/optimizer.h"
#include "training/profile.h"
#include "training/weights.h"

namespace attune {

// What an event's time serves for: nothing; the time bias counts from an event to those before it; or it counts from
// the event to be predicted, whose time must then be known when one asks.
enum class TimeUse { kNone, kEvents, kQuery };

struct TrainerConfig {
  LaneLayout layout;
  LossConfig loss;
  OptimizerConfig optimizer;                               // total_steps is set by the learner
  kernels::Products products = kernels::Products::kFloat;  // of the network's layers
  double dropout = 0.2;
  double negative_power = 0;  // NegativeSampler's
  std::size_t epochs = 100;
  std::size_t evaluate_every = 1;  // epochs between looks at the validation part; before the first, after 1, 2, 4 …
  std::size_t patience = 10;       // looks without a new best before training ends
  TimeUse time = TimeUse::kNone;
  std::size_t horizon = 1;  // an event's target is drawn from so many that follow it in its window
  std::uint64_t seed = 1;
};

// What is trained and how one step goes: a network of sequence attention, its item table, loss, optimiser, and the
// lanes that share a step's work. Everything is a function of the events, the configs and the seed: the same bytes for
// any number of threads.
class Learner {
 public:
  // Keeps views on windows and pool, which must outlive it. `counts` are the training events of each item.
  Learner(const NetworkConfig& network, const TrainerConfig& config, const SequenceWindows& windows,
          std::span<const std::uint32_t> counts, ThreadPool& pool);
  ~Learner();

  // Before the first step: begins with these parameters, and with row rows[i] of `table` for item i, instead of random
  // ones (warm start). Items whose row is kNoRow keep their random beginning.
  static constexpr std::uint32_t kNoRow = 0xFFFFFFFF;
  void begin_with(std::span<const float> parameters, MatrixView table, std::span<const std::uint32_t> rows);

  // The steps of epoch number `number`, from 0.
  Epoch epoch(std::size_t number) const;

  // One step; returns the tokens' mean loss. Throws Error(kBadInput) naming what is not finite.
  double step(const Epoch::Step& plan);

  const SequenceNetwork<float>& network() const { return network_; }
  Weights& weights() { return weights_; }
  Optimizer& optimizer() { return optimizer_; }
  const Profile& profile() const { return profile_; }

 private:
  struct Lane;

  void run_chunk(std::size_t lane, const Chunk& chunk, std::uint64_t stream, double weight);

  TrainerConfig config_;
  const SequenceWindows& windows_;
  ThreadPool& pool_;
  SequenceNetwork<float> network_;
  NegativeSampler sampler_;
  SequenceLoss<float> loss_;
  Optimizer optimizer_;
  Weights weights_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<LaneGradients> gradients_;
  Profile profile_;
};

}  // namespace attune
