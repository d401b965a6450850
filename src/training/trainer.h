#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "training/learner.h"

namespace attune {

struct TrainingReport {
  std::size_t epoch = 0, epochs = 0;  // of these, done
  std::size_t step = 0, steps = 0;    // of the epoch under way, done
  double loss = 0;                    // mean over the epoch's tokens so far
  double tokens_per_second = 0;       // of this run, validation not counted
  double seconds = 0;                 // of training so far, earlier runs included, validation not counted
  double seconds_left = 0;            // if no early stop comes
  double learning_rate = 0;
  double gradient_norm = 0;
  std::optional<double> valid;  // NDCG@10, after an epoch in which the validation part was looked at
  bool best = false;            // and this was the best so far
};

// What training asks of whoever started it. Empty functions are left out.
struct TrainingHooks {
  std::function<double(const Weights&)> validate;     // larger is better; early stopping and the choice of weights
  std::function<void(const TrainingReport&)> report;  // after each step
  std::function<bool()> interrupted;  // asked after each step; if so, a checkpoint is written and Error(kSystem) thrown
  std::filesystem::path checkpoint;   // where; empty: none is written
  double checkpoint_seconds = 20;     // at least between two of them
  bool resume = false;                // begin where the checkpoint ends; without one, from the beginning
  std::string settings;               // what the run is a function of; a checkpoint with other settings is refused
};

struct TrainingResult {
  Weights weights;  // the best on validation, else the last (their moving average where one is kept)
  std::size_t epochs = 0;
  std::size_t best_epoch = 0;  // 0 without validation
  double best_valid = 0;
  double seconds = 0;  // of training steps
  std::size_t tokens = 0;
};

// Trains until the epochs are over or validation has not improved for `patience` looks. A run that was killed and
// resumed gives the bytes of one that was not.
TrainingResult train(Learner& learner, const TrainerConfig& config, const SequenceWindows& windows,
                     const TrainingHooks& hooks);

}  // namespace attune
