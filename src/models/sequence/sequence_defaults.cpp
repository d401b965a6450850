#include "models/sequence/sequence_defaults.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "features/sequence_windows.h"
#include "kernels/isa.h"

namespace attune {
namespace {

// Events that training sees in all, repeats counted, and how often it sees one at least and at most.
constexpr double kEvents = 5e7, kFewestEpochs = 20, kMostEpochs = 200;

void choose(std::string& field, std::string value) {
  if (field == "auto") field = std::move(value);
}
void choose(std::int64_t& field, std::size_t value) {
  if (field == -1) field = static_cast<std::int64_t>(value);
}
void choose(double& field, double value) {
  if (field == -1) field = value;
}

// The parts of a network and its loss, as the preset's paper has them; what is not a preset's own is chosen by the log.
void choose_parts(SequenceConfig& config, bool has_times) {
  const bool own = config.preset == "auto";
  choose(config.preset, "sasrec");
  const bool hstu = config.preset == "hstu", esasrec = config.preset == "esasrec",
             as_published = !own && !hstu && !esasrec;
  choose(config.heads, as_published ? 1 : 2);
  choose(config.feed_forward, esasrec ? "swiglu" : "relu");
  choose(config.inner, static_cast<std::size_t>(config.width) * (esasrec ? 2 : 1));
  choose(config.norm, "layer");
  choose(config.position_bias, hstu ? "yes" : "no");
  choose(config.time_bias, hstu && has_times ? "yes" : "no");
  choose(config.positions, "yes");
  choose(config.loss, as_published ? "bce" : "sampled-softmax");
  if (config.loss == "sampled-softmax") choose(config.negatives, esasrec ? 256 : 512);
  if (!as_published) return;
  choose(config.learning_rate, 1e-3);
  choose(config.final_rate, 1.0);
  choose(config.warmup_steps, 0);
  choose(config.average, 0.0);
  choose(config.stride, 0);
  choose(config.horizon, 1);
}

// What an epoch trains on.
struct EpochSize {
  std::size_t windows = 0, events = 0;
};
EpochSize epoch_size(const LogShape& log, const WindowCut& cut) {
  EpochSize size;
  for (const std::size_t length : log.lengths) {
    for_windows(length, cut, [&](std::size_t first, std::size_t last) {
      ++size.windows;
      size.events += last - first - 1;
    });
  }
  return size;
}

std::size_t rounded_up(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

}  // namespace

LogShape log_shape(const TrainingEvents& events, double targets_per_user) {
  LogShape shape;
  shape.targets_per_user = targets_per_user;
  shape.items = events.items().size();
  std::vector<std::size_t>& lengths = shape.lengths;
  bool times = true;
  for (std::size_t u = 0; u < events.users(); ++u) {
    const History history = events.history(UserIndex{static_cast<std::uint32_t>(u)});
    if (history.size() < 2) continue;
    lengths.push_back(history.size());
    shape.events += history.size();
    times = times && !history.times.empty();
  }
  shape.users = lengths.size();
  shape.has_times = times && shape.users > 0;
  if (lengths.empty()) return shape;
  const auto ninth = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() * 9 / 10);
  std::ranges::nth_element(lengths, ninth);
  shape.long_history = *ninth;
  return shape;
}

SequenceConfig with_defaults(SequenceConfig config, const LogShape& log, std::vector<std::string>& reasons) {
  choose_parts(config, log.has_times);
  if (config.time_bias == "yes" && !log.has_times) {
    throw Error(ErrorKind::kUsage, "time_bias is 'yes', but the log has no times; import it with a timestamp column.");
  }
  if (config.query_time == "known" && config.time_bias != "yes") {
    throw Error(ErrorKind::kUsage, "query_time is 'known', but nothing uses times; set time_bias to 'yes'.");
  }
  const double mean = static_cast<double>(log.events) / static_cast<double>(std::max<std::size_t>(log.users, 1));
  const auto because = [&](const std::string& field, const auto& value, const std::string& why) {
    reasons.push_back(field + " " + std::to_string(value) + ": " + why);
  };
  if (config.max_history == -1) {
    config.max_history = static_cast<std::int64_t>(std::clamp<std::size_t>(rounded_up(log.long_history, 50), 50, 200));
    because("max_history", config.max_history,
            "nine of ten histories have at most " + std::to_string(log.long_history) + " events");
  }
  choose(config.stride, static_cast<std::size_t>(config.max_history));
  if (config.horizon == -1) {
    config.horizon = static_cast<std::int64_t>(std::clamp(std::round(log.targets_per_user), 1.0, 1e6));
    if (config.horizon > 1) {
      because("horizon", config.horizon, "so many events of a user are to be predicted in the validation part");
    }
  }
  const EpochSize epoch = epoch_size(log, config.windows());
  if (config.products == "auto") {
    const bool rounds = kernels::has_fast_bf16_products();
    config.products = rounds ? "bf16" : "fp32";
    if (rounds) reasons.push_back("products bf16: the CPU has an instruction for them");
  }
  if (config.dropout == -1) {
    config.dropout = mean < 30 ? 0.5 : 0.2;
    because("dropout", config.dropout, "a history has " + std::to_string(mean) + " events in the mean");
  }
  if (config.batch == -1) {
    config.batch = log.users < 5000 ? 64 : 128;
    because("batch", config.batch, "there are " + std::to_string(log.users) + " histories");
  }
  if (config.epochs == -1) {
    const double events = static_cast<double>(std::max<std::size_t>(epoch.events, 1));
    config.epochs = static_cast<std::int64_t>(std::clamp(kEvents / events, kFewestEpochs, kMostEpochs));
    because("epochs", config.epochs, "of " + std::to_string(epoch.events) + " events each");
  }
  if (config.average == -1) {
    const double steps = static_cast<double>(config.epochs) *
                         std::ceil(static_cast<double>(epoch.windows) / static_cast<double>(config.batch));
    config.average = std::clamp(1 - 4 / steps, 0.0, 0.999);
    because("average", config.average,
            "over the last quarter of " + std::to_string(static_cast<std::size_t>(steps)) + " steps");
  }
  choose(config.negatives, config.loss == "bce" ? 1 : 256);
  choose(config.negative_power, config.draw == "batch" ? 1.0 : 0.0);
  choose(config.temperature, config.logits == "cosine" ? 0.05 : 1.0);
  choose(config.log_q, "yes");
  choose(config.learning_rate, config.batch < 128 ? 1e-3 : 2e-3);
  choose(config.final_rate, 0.1);
  choose(config.warmup_steps, 100);
  choose(config.patience, 10);
  choose(config.evaluate_every, static_cast<std::size_t>(std::max<std::int64_t>(1, config.epochs / 30)));
  return config;
}

}  // namespace attune
