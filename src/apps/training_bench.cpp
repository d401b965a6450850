// How fast sequence attention trains: events a second, and the share of this machine's multiply-adds, which are
// measured in the same run, that the work needs. Without a dataset the log is generated in the shape of MovieLens-1M or
// of Amazon Beauty.
//
//   training_bench [--dataset DIR | --shape ml-1m|beauty] [--preset P] [--loss L] [--threads N] [--seconds S]
//                  [--items V] [--negatives N] [--export DIR]

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "apps/args.h"
#include "apps/process_memory.h"
#include "base/error.h"
#include "data/dataset_writer.h"
#include "kernels/isa.h"
#include "kernels/peak.h"
#include "models/sequence/sequence_defaults.h"
#include "storage/npy.h"
#include "training/learner.h"

namespace attune {
namespace {

struct Flags {
  std::optional<std::filesystem::path> dataset, export_folder;
  std::string shape = "ml-1m";
  std::int64_t items = 0;
  double seconds = 20;
  int threads = 0;
  ConfigOf<SequenceConfig> config;
};

struct Shape {
  std::size_t users, items;
  double log_mean, log_spread;  // of the lengths of histories
  std::size_t shortest, longest;
};

Shape shape_of(const Flags& flags) {
  Shape shape =
      flags.shape == "beauty" ? Shape{22363, 12101, 1.9, 0.5, 5, 204} : Shape{6040, 3416, 4.6, 0.97, 18, 2277};
  if (flags.shape != "beauty" && flags.shape != "ml-1m") {
    throw Error(ErrorKind::kUsage, "--shape is '", flags.shape, "'; expected ml-1m or beauty");
  }
  if (flags.items > 0) shape.items = static_cast<std::size_t>(flags.items);
  return shape;
}

// Popularity falls with the square root of the rank; otherwise events are independent: speed does not depend on order.
Dataset generated(const Shape& shape, const std::filesystem::path& folder) {
  Rng rng(1);
  DatasetContent content;
  for (std::size_t i = 0; i < shape.items; ++i) content.item_ids.push_back(std::to_string(i));
  for (std::size_t u = 0; u < shape.users; ++u) {
    content.user_ids.push_back(std::to_string(u));
    const double drawn = std::exp(shape.log_mean + shape.log_spread * rng.normal());
    const auto length = std::clamp(static_cast<std::size_t>(drawn), shape.shortest, shape.longest);
    for (std::size_t e = 0; e < length; ++e) {
      const double where = rng.uniform();
      content.events.users.push_back(static_cast<std::uint32_t>(u));
      content.events.items.push_back(static_cast<std::uint32_t>(where * where * static_cast<double>(shape.items)));
    }
  }
  write_dataset(std::move(content), folder);
  return Dataset::open(folder);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Multiply-adds of all threads at once, operations a second: the best of some short runs.
double peak(ThreadPool& pool) {
  double best = 0;
  for (int run = 0; run < 15; ++run) {
    std::vector<std::size_t> done(static_cast<std::size_t>(pool.threads()));
    const auto start = std::chrono::steady_clock::now();
    pool.for_each(done.size(), [&](std::size_t t) { done[t] = kernels::run_multiply_adds_f32(2'000'000); });
    double total = 0;
    for (const std::size_t part : done) total += static_cast<double>(part);
    best = std::max(best, total / seconds_since(start));
  }
  return best;
}

// Floating-point operations that one epoch needs: a product of a token with a matrix of n weights takes 2 n forward and
// 4 n backward; causal attention over L events 2 L^2 D and 4 L^2 D a block.
double operations(const SequenceWindows& windows, const Learner& learner, const TrainerConfig& trainer,
                  std::size_t items) {
  const NetworkConfig& network = learner.network().config();
  const double width = static_cast<double>(network.width);
  double weights = 0;
  for (const Parameter& parameter : learner.network().parameters().all()) {
    if (parameter.rows > 1 && parameter.name != "positions") weights += static_cast<double>(parameter.size());
  }
  double compared = static_cast<double>(items);  // items that a token's loss looks at
  if (trainer.loss.kind != LossKind::kCrossEntropy) compared = static_cast<double>(trainer.loss.negatives + 1);
  double total = static_cast<double>(windows.tokens()) * 6 * (weights + compared * width);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const double length = static_cast<double>(windows.tokens(w));
    total += static_cast<double>(network.blocks) * 6 * length * length * width;
  }
  return total;
}

void export_log(const TrainingEvents& events, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::vector<std::int32_t> items;
  std::vector<std::int64_t> offsets{0};
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (const ItemIndex item : events.history(UserIndex{static_cast<std::uint32_t>(u)}).items) {
      items.push_back(static_cast<std::int32_t>(item));
    }
    offsets.push_back(static_cast<std::int64_t>(items.size()));
  }
  NpyWriter items_file(folder / "items.npy", DType::kI32, {items.size()});
  items_file.write(std::span<const std::int32_t>(items));
  items_file.commit();
  NpyWriter offsets_file(folder / "offsets.npy", DType::kI64, {offsets.size()});
  offsets_file.write(std::span<const std::int64_t>(offsets));
  offsets_file.commit();
}

int run(int count, char** words) {
  kernels::select_from_environment();
  Flags flags;
  Args args("training_bench", "", {words + 1, words + count});
  args.example("--shape ml-1m --preset sasrec --loss bce");
  args.about("Measures how fast sequence attention trains.");
  args.option("--dataset DIR", flags.dataset, "a dataset written by import; otherwise one is generated");
  args.option("--shape NAME", flags.shape, "of the generated log: ml-1m or beauty");
  args.option("--items N", flags.items, "items of the generated log; 0: the shape's");
  args.option("--seconds S", flags.seconds, "how long to train");
  args.option("--export DIR", flags.export_folder, "write the log as items.npy and offsets.npy");
  args.threads(flags.threads);
  args.config(flags.config);
  if (!args.parse()) return 0;

  const std::filesystem::path made = std::filesystem::temp_directory_path() / ("attune-training-bench-" + flags.shape);
  const Dataset dataset = flags.dataset ? Dataset::open(*flags.dataset) : generated(shape_of(flags), made);
  const TrainingEvents events(dataset, split_leave_one_out(dataset));
  if (flags.export_folder) export_log(events, *flags.export_folder);
  std::vector<std::string> reasons;
  SequenceConfig config = flags.config.value;
  config.epochs = 1000;
  config = with_defaults(config, log_shape(events, 1), reasons);
  const TrainerConfig trainer = config.trainer(1);
  ThreadPool pool(flags.threads);
  const SequenceWindows windows(events, config.windows());
  Learner learner(config.network(), trainer, windows, events.counts(), pool);

  double best_peak = peak(pool), spent = 0;
  std::vector<double> rates;
  std::size_t tokens = 0;
  const double per_token =
      operations(windows, learner, trainer, events.items().size()) / static_cast<double>(windows.tokens());
  for (std::size_t number = 0; spent < flags.seconds; ++number) {
    const Epoch epoch = learner.epoch(number);
    for (std::size_t s = 0; s < epoch.steps() && spent < flags.seconds; ++s) {
      const Epoch::Step plan = epoch.step(s);
      const auto start = std::chrono::steady_clock::now();
      learner.step(plan);
      const double took = seconds_since(start);
      spent += took;
      tokens += plan.tokens;
      rates.push_back(static_cast<double>(plan.tokens) / took);
    }
  }
  best_peak = std::max(best_peak, peak(pool));
  std::ranges::nth_element(rates, rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2));
  const double rate = rates[rates.size() / 2], flops = rate * per_token;
  std::printf(
      "%s, %s, %zu users, %zu items, %d threads, %s: median step %.0f events/s (mean %.0f), %.1f GFLOP/s of a peak "
      "of %.1f: %.2f\n",
      config.preset.c_str(), config.loss.c_str(), windows.size(), events.items().size(), pool.threads(),
      std::string(kernels::isa_name(kernels::current())).c_str(), rate, static_cast<double>(tokens) / spent,
      flops * 1e-9, best_peak * 1e-9, flops / best_peak);
  double all = 0;
  for (std::size_t p = 0; p < Profile::kParts; ++p) all += learner.profile().seconds(static_cast<Profile::Part>(p));
  for (std::size_t p = 0; p < Profile::kParts; ++p) {
    std::printf("  %-28s %5.1f %%\n", std::string(Profile::kNames[p]).c_str(),
                100 * learner.profile().seconds(static_cast<Profile::Part>(p)) / all);
  }
  std::printf(
      "{\"preset\": \"%s\", \"loss\": \"%s\", \"products\": \"%s\", \"items\": %zu, \"tokens_per_second\": %.0f, "
      "\"gflops\": %.2f, \"peak_gflops\": %.2f, \"share\": %.4f, \"peak_mb\": %.0f}\n",
      config.preset.c_str(), config.loss.c_str(), config.products.c_str(), events.items().size(), rate, flops * 1e-9,
      best_peak * 1e-9, flops / best_peak, peak_memory_mb());
  return 0;
}

}  // namespace
}  // namespace attune

int main(int count, char** words) {
  try {
    return attune::run(count, words);
  } catch (const attune::Error& error) {
    std::fprintf(stderr, "training_bench: %s\n", error.what());
    return 2;
  }
}
