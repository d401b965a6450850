#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "apps/args.h"
#include "apps/console.h"
#include "apps/output_paths.h"
#include "models/model.h"
#include "training/trainer.h"

namespace attune {

// The flags of training step by step, and what a person sees of it: a line for each look at the validation part, a
// progress bar between, a log of events for programs, and Ctrl-C, which ends training with a checkpoint. One at a time.
class TrainingWatch {
 public:
  TrainingWatch() = default;
  ~TrainingWatch();
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

  void declare(Args& args);

  // After parsing. The checkpoint lies beside the model. Throws Error(kUsage) when a file would take the place of one
  // that is read.
  void begin(const std::filesystem::path& model_path, PathsInUse& paths);
  void prepare(FitContext& context);

  // The model is written: the checkpoint has served.
  void end();

 private:
  void report(const TrainingReport& report);
  void say(const TrainingReport& report);
  void append(const TrainingReport& report);

  bool resume_ = false;
  std::optional<std::filesystem::path> log_path_;
  std::optional<std::filesystem::path> warm_start_path_;
  std::filesystem::path checkpoint_;
  std::ofstream log_;
  std::optional<Model> warm_start_;
  std::optional<Progress> progress_;
};

}  // namespace attune
