#include "apps/training_watch.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "apps/json_value.h"
#include "apps/text_table.h"
#include "base/error.h"

namespace attune {
namespace {

std::atomic<bool> stop_asked{false};

// The first Ctrl-C asks training to stop; a second one ends the program at once.
extern "C" void ask_to_stop(int) {
  stop_asked = true;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

TrainingWatch::~TrainingWatch() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

void TrainingWatch::declare(Args& args) {
  args.section("Training");
  args.flag("--resume", resume_, "go on where a run with the same settings was stopped or killed");
  args.option("--log FILE", log_path_, "write a JSON object a line: loss, speed, validation");
  args.option("--warm-start MODEL", warm_start_path_,
              "begin with the weights of this model; items that it does not know begin at random");
}

void TrainingWatch::begin(const std::filesystem::path& model_path, PathsInUse& paths) {
  checkpoint_ = model_path;
  checkpoint_ += ".checkpoint";
  paths.read(warm_start_path_);
  paths.write("--out, whose checkpoint is", checkpoint_);
  paths.write("--log", log_path_);
  if (resume_ && !std::filesystem::exists(checkpoint_)) {
    note("there is no " + checkpoint_.string() + " to resume from: training begins at the beginning");
  }
  if (warm_start_path_) warm_start_ = load_model(*warm_start_path_);
  if (!log_path_) return;
  log_.open(*log_path_, resume_ ? std::ios::app : std::ios::trunc);
  if (!log_) throw Error(ErrorKind::kSystem, log_path_->string(), ": cannot be written: ", std::strerror(errno));
}

void TrainingWatch::prepare(FitContext& context) {
  context.checkpoint = checkpoint_;
  context.resume = resume_;
  context.warm_start = warm_start_ ? &*warm_start_ : nullptr;
  context.report = [this](const TrainingReport& what) { report(what); };
  context.interrupted = [] { return stop_asked.load(); };
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
}

void TrainingWatch::end() {
  std::error_code ignored;  // one that was never written
  std::filesystem::remove(checkpoint_, ignored);
}

void TrainingWatch::report(const TrainingReport& report) {
  const std::size_t total = report.epochs * report.steps;
  if (!progress_) progress_.emplace("training", total);
  const bool ended = report.step == report.steps;
  progress_->advance_to((report.epoch - (ended ? 1 : 0)) * report.steps + report.step);
  if (!ended) return;
  if (log_.is_open()) append(report);
  if (report.valid) say(report);
}

void TrainingWatch::say(const TrainingReport& report) {
  note("epoch " + std::to_string(report.epoch) + " of " + std::to_string(report.epochs) + ": loss " +
       decimal_number(report.loss, 4) + ", validation NDCG@10 " + decimal_number(*report.valid, 4) +
       (report.best ? " (best)" : "") + ", " + grouped(static_cast<std::size_t>(report.tokens_per_second)) +
       " events/s, " + seconds_text(report.seconds) + " done, at most " + seconds_text(report.seconds_left) + " left");
}

void TrainingWatch::append(const TrainingReport& report) {
  Json line = Json::object()
                  .set("epoch", report.epoch)
                  .set("loss", report.loss)
                  .set("learning_rate", report.learning_rate)
                  .set("gradient_norm", report.gradient_norm)
                  .set("tokens_per_second", report.tokens_per_second)
                  .set("seconds", report.seconds);
  if (report.valid) line.set("valid_ndcg@10", *report.valid).set("best", report.best);
  log_ << line.text(-1) << std::endl;
  if (!log_) throw Error(ErrorKind::kSystem, log_path_->string(), ": cannot be written: ", std::strerror(errno));
}

}  // namespace attune
