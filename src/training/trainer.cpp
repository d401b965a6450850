#include "training/trainer.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "training/checkpoint.h"

namespace attune {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// How far a run is, beside weights and moments.
struct Progress {
  std::size_t epoch = 0;   // done
  std::size_t step = 0;    // done in the epoch under way
  std::size_t tokens = 0;  // of the epoch under way
  std::size_t all_tokens = 0;
  std::size_t best_epoch = 0;
  std::size_t stale = 0;  // looks at the validation part since the best
  double loss_sum = 0;    // over the epoch's tokens
  double seconds = 0;
  double best_valid = -1;

  template <class Self, class Visit>
  static void each_field(Self& self, const Visit& visit) {
    visit("epoch", self.epoch);
    visit("step", self.step);
    visit("tokens", self.tokens);
    visit("all_tokens", self.all_tokens);
    visit("best_epoch", self.best_epoch);
    visit("stale", self.stale);
    visit("loss_sum", self.loss_sum);
    visit("seconds", self.seconds);
    visit("best_valid", self.best_valid);
  }
};

// The shortest text that gives the same number again.
template <class Number>
std::string text_of(Number number) {
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  return {buffer, end};
}

template <class Number>
Number number_of(const SafetensorsReader& file, const std::string& key) {
  const std::string& text = file.metadata(key);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorKind::kCorrupt, file.path().string(), ": ", key, " is '", text, "', no number");
  }
  return number;
}

class Run {
 public:
  Run(Learner& learner, const TrainerConfig& config, const SequenceWindows& windows, const TrainingHooks& hooks)
      : learner_(learner),
        config_(config),
        windows_(windows),
        hooks_(hooks),
        best_(learner.weights().parameters.size(), learner.weights().items, learner.weights().width) {
    if (learner.optimizer().keeps_average()) learner.optimizer().average().copy_from(learner.weights());
    if (hooks.resume && !hooks.checkpoint.empty() && std::filesystem::exists(hooks.checkpoint)) restore();
    tokens_before_ = now_.all_tokens;
    seconds_before_ = now_.seconds;
  }

  TrainingResult finish() {
    while (now_.epoch < config_.epochs && now_.stale < config_.patience) run_epoch();
    TrainingResult result;
    result.weights = Weights(best_.parameters.size(), best_.items, best_.width);
    result.weights.copy_from(now_.best_epoch > 0 ? best_ : candidate());
    result.epochs = now_.epoch;
    result.best_epoch = now_.best_epoch;
    result.best_valid = std::max(0.0, now_.best_valid);
    result.seconds = now_.seconds;
    result.tokens = now_.all_tokens;
    return result;
  }

 private:
  const Weights& candidate() {
    return learner_.optimizer().keeps_average() ? learner_.optimizer().average() : learner_.weights();
  }

  void run_epoch() {
    const Epoch epoch = learner_.epoch(now_.epoch);
    for (bool done = false; !done;) {
      const auto start = Clock::now();
      const Epoch::Step plan = epoch.step(now_.step);
      now_.loss_sum += learner_.step(plan) * static_cast<double>(plan.tokens);
      now_.seconds += seconds_since(start);
      now_.tokens += plan.tokens;
      now_.all_tokens += plan.tokens;
      done = ++now_.step == epoch.steps();
      TrainingReport report = reported(epoch.steps());
      if (done) end_epoch(report);
      if (hooks_.report) hooks_.report(report);
      save_if_due();
    }
  }

  TrainingReport reported(std::size_t steps) {
    TrainingReport report;
    report.epoch = now_.epoch;
    report.epochs = config_.epochs;
    report.step = now_.step;
    report.steps = steps;
    report.loss = now_.loss_sum / static_cast<double>(now_.tokens);
    report.seconds = now_.seconds;
    const double seconds = now_.seconds - seconds_before_;
    report.tokens_per_second = static_cast<double>(now_.all_tokens - tokens_before_) / std::max(seconds, 1e-9);
    const double all = static_cast<double>(windows_.tokens()) * static_cast<double>(config_.epochs);
    report.seconds_left = (all - static_cast<double>(now_.all_tokens)) / report.tokens_per_second;
    report.learning_rate = learner_.optimizer().last_rate();
    report.gradient_norm = learner_.optimizer().gradient_norm();
    return report;
  }

  void end_epoch(TrainingReport& report) {
    report.epoch = ++now_.epoch;
    now_.step = now_.tokens = 0;
    now_.loss_sum = 0;
    const bool early = now_.epoch < config_.evaluate_every && std::has_single_bit(now_.epoch);
    const bool due = early || now_.epoch % config_.evaluate_every == 0 || now_.epoch == config_.epochs;
    if (!hooks_.validate || !due) return;
    report.valid = hooks_.validate(candidate());
    report.best = *report.valid > now_.best_valid;
    now_.stale = report.best ? 0 : now_.stale + 1;
    if (!report.best) return;
    now_.best_valid = *report.valid;
    now_.best_epoch = now_.epoch;
    best_.copy_from(candidate());
  }

  void save_if_due() {
    const bool stop = hooks_.interrupted && hooks_.interrupted();
    const bool keeps = !hooks_.checkpoint.empty();
    if (keeps && (stop || seconds_since(saved_at_) >= hooks_.checkpoint_seconds)) save();
    if (!stop) return;
    throw Error(ErrorKind::kSystem, "stopped after ", now_.epoch, " epochs and ", now_.step, " steps",
                keeps ? "; the same command with --resume goes on from " : "", hooks_.checkpoint.string());
  }

  void save() {
    SafetensorsWriter file;
    Optimizer& optimizer = learner_.optimizer();
    add_weights(file, "weights", learner_.weights());
    add_weights(file, "first", optimizer.first());
    add_weights(file, "second", optimizer.second());
    if (optimizer.keeps_average()) add_weights(file, "average", optimizer.average());
    if (now_.best_epoch > 0) add_weights(file, "best", best_);
    file.set_metadata("attune.checkpoint", hooks_.settings);
    file.set_metadata("steps", text_of(optimizer.steps()));
    Progress::each_field(now_, [&](const char* name, auto& value) { file.set_metadata(name, text_of(value)); });
    file.write(hooks_.checkpoint);
    saved_at_ = Clock::now();
  }

  void restore() {
    const SafetensorsReader file = SafetensorsReader::open(hooks_.checkpoint);
    if (file.metadata("attune.checkpoint") != hooks_.settings) {
      throw Error(
          ErrorKind::kUsage, hooks_.checkpoint.string(),
          ": the checkpoint is of a run with other settings or data; give the same ones, or leave out --resume");
    }
    Optimizer& optimizer = learner_.optimizer();
    Progress::each_field(now_, [&](const char* name, auto& value) {
      value = number_of<std::remove_reference_t<decltype(value)>>(file, name);
    });
    read_weights(file, "weights", learner_.weights());
    read_weights(file, "first", optimizer.first());
    read_weights(file, "second", optimizer.second());
    if (optimizer.keeps_average()) read_weights(file, "average", optimizer.average());
    if (now_.best_epoch > 0) read_weights(file, "best", best_);
    optimizer.restore(number_of<std::uint64_t>(file, "steps"));
  }

  Learner& learner_;
  const TrainerConfig& config_;
  const SequenceWindows& windows_;
  const TrainingHooks& hooks_;
  Weights best_;
  Progress now_;
  std::size_t tokens_before_ = 0;
  double seconds_before_ = 0;
  Clock::time_point saved_at_ = Clock::now();
};

}  // namespace

TrainingResult train(Learner& learner, const TrainerConfig& config, const SequenceWindows& windows,
                     const TrainingHooks& hooks) {
  if (windows.size() == 0) {
    throw Error(ErrorKind::kBadInput, "no user has two training events, so there is nothing to learn an order from");
  }
  return Run(learner, config, windows, hooks).finish();
}

}  // namespace attune
