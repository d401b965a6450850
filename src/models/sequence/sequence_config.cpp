#include "models/sequence/sequence_config.h"

#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace attune {
namespace {

void refuse(std::string_view field, const auto& value, std::string_view rule) {
  throw Error(ErrorKind::kUsage, field, " is ", value, "; expected ", rule, ".");
}

void check_between(std::string_view field, double value, double low, double high, bool may_be_open) {
  if ((may_be_open && value == -1) || (value >= low && value <= high)) return;
  std::string rule = "a number from " + std::to_string(low) + " to " + std::to_string(high);
  refuse(field, value, may_be_open ? rule + ", or -1" : rule);
}

void check_between(std::string_view field, std::int64_t value, std::int64_t low, std::int64_t high, bool may_be_open) {
  if ((may_be_open && value == -1) || (value >= low && value <= high)) return;
  std::string rule = "a number from " + std::to_string(low) + " to " + std::to_string(high);
  refuse(field, value, may_be_open ? rule + ", or -1" : rule);
}

void check_name(std::string_view field, const std::string& value, std::initializer_list<std::string_view> names) {
  std::string rule;
  for (const std::string_view name : names) {
    if (value == name) return;
    rule += (rule.empty() ? "" : ", ") + std::string(name);
  }
  refuse(field, "'" + value + "'", "one of " + rule);
}

template <class E, std::size_t kCount>
E chosen(const std::string& value, const std::array<std::pair<std::string_view, E>, kCount>& names) {
  for (const auto& [name, meaning] : names) {
    if (value == name) return meaning;
  }
  ATTUNE_CHECK(false);  // validate() has seen to it, or a setting was left open
  return names[0].second;
}

constexpr std::array<std::pair<std::string_view, LossKind>, 5> kLosses = {
    {{"cross-entropy", LossKind::kCrossEntropy},
     {"sampled-softmax", LossKind::kSampledSoftmax},
     {"bce", LossKind::kBce},
     {"gbce", LossKind::kGbce},
     {"sce", LossKind::kBucketed}}};
constexpr std::array<std::pair<std::string_view, FeedForwardKind>, 3> kFeedForwards = {
    {{"relu", FeedForwardKind::kRelu}, {"gelu", FeedForwardKind::kGelu}, {"swiglu", FeedForwardKind::kSwiglu}}};
constexpr std::array<std::pair<std::string_view, BlockKind>, 3> kBlocks = {
    {{"sasrec", BlockKind::kSasrec}, {"esasrec", BlockKind::kGated}, {"hstu", BlockKind::kHstu}}};

}  // namespace

void SequenceConfig::validate() const {
  check_name("preset", preset, {"auto", "sasrec", "esasrec", "hstu"});
  check_between("max_history", max_history, 1, 4096, true);
  check_between("width", width, 1, 1024, false);
  check_between("heads", heads, 1, 64, true);
  if (heads > 0 && width % heads != 0) refuse("heads", heads, "a divisor of width, " + std::to_string(width));
  check_between("blocks", blocks, 1, 32, false);
  check_name("feed_forward", feed_forward, {"auto", "relu", "gelu", "swiglu"});
  check_between("inner", inner, 1, 8192, true);
  check_name("norm", norm, {"auto", "layer", "rms"});
  for (const auto& [field, value] : {std::pair("positions", &positions), std::pair("position_bias", &position_bias),
                                     std::pair("time_bias", &time_bias), std::pair("log_q", &log_q)}) {
    check_name(field, *value, {"auto", "yes", "no"});
  }
  check_name("products", products, {"auto", "fp32", "bf16", "bf16-loss"});
  check_name("query_time", query_time, {"ignored", "known"});
  if (query_time == "known" && time_bias == "no") refuse("query_time", "'known'", "'ignored', since time_bias is 'no'");
  check_between("dropout", dropout, 0, 0.95, true);
  check_name("loss", loss, {"auto", "cross-entropy", "sampled-softmax", "bce", "gbce", "sce"});
  check_between("negatives", negatives, 1, 1 << 20, true);
  check_between("negative_power", negative_power, 0, 2, true);
  check_between("calibration", calibration, 0, 1, false);
  check_between("label_smoothing", label_smoothing, 0, 0.9, false);
  check_name("logits", logits, {"dot", "cosine"});
  check_name("draw", draw, {"catalogue", "batch"});
  if (draw == "batch" && loss != "auto" && loss != "sampled-softmax") {
    refuse("draw", "'batch'", "'catalogue', since the loss is not sampled-softmax");
  }
  check_between("temperature", temperature, 1e-3, 1e3, true);
  check_between("learning_rate", learning_rate, 1e-8, 1, true);
  check_between("final_rate", final_rate, 0, 1, true);
  check_between("warmup_steps", warmup_steps, 0, 1 << 30, true);
  check_between("weight_decay", weight_decay, 0, 10, false);
  check_between("beta2", beta2, 0.5, 0.99999, false);
  check_between("clip", clip, 0, 1e6, false);
  check_between("average", average, 0, 0.99999, true);
  check_between("batch", batch, 1, 1 << 20, true);
  check_between("epochs", epochs, 1, 100000, true);
  check_between("patience", patience, 1, 100000, true);
  check_between("evaluate_every", evaluate_every, 1, 100000, true);
  check_between("stride", stride, 0, 1 << 20, true);
  check_between("horizon", horizon, 1, 1 << 20, true);
}

std::vector<SearchRange> SequenceConfig::search_ranges() {
  return {SearchRange::choice("preset", {"auto", "esasrec", "hstu"}),
          SearchRange::choice("loss", {"cross-entropy", "sampled-softmax", "gbce"}),
          SearchRange::choice("heads", {"1", "2", "4"}),
          SearchRange::linear("dropout", 0.05, 0.6),
          SearchRange::log("learning_rate", 3e-4, 5e-3),
          SearchRange::choice("batch", {"32", "64", "128", "256"})};
}

bool SequenceConfig::settled() const {
  bool open = false;
  each_field(*this, [&](std::string_view, const auto& value, std::string_view) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, std::string>) {
      open = open || value == "auto";
    } else {
      open = open || value == Value(-1);
    }
  });
  return !open;
}

NetworkConfig SequenceConfig::network() const {
  NetworkConfig made;
  made.width = static_cast<std::size_t>(width);
  made.heads = static_cast<std::size_t>(heads);
  made.blocks = static_cast<std::size_t>(blocks);
  made.max_history = static_cast<std::size_t>(max_history);
  made.block = chosen(preset, kBlocks);
  made.feed_forward = chosen(feed_forward, kFeedForwards);
  made.norm = norm == "rms" ? NormKind::kRms : NormKind::kLayer;
  made.inner = static_cast<std::size_t>(inner);
  made.positions = positions == "yes";
  made.position_bias = position_bias == "yes";
  made.time_bias = time_bias == "yes";
  // As published; it lets the same small table serve as input and, through it, as output.
  made.embedding_scale = std::sqrt(static_cast<double>(width));
  return made;
}

TimeUse SequenceConfig::time_use() const {
  if (time_bias != "yes") return TimeUse::kNone;
  return query_time == "known" ? TimeUse::kQuery : TimeUse::kEvents;
}

WindowCut SequenceConfig::windows() const {
  return {static_cast<std::size_t>(max_history), static_cast<std::size_t>(stride)};
}

TrainerConfig SequenceConfig::trainer(std::uint64_t seed) const {
  TrainerConfig made;
  made.layout.batch = static_cast<std::size_t>(batch);
  made.loss.kind = chosen(loss, kLosses);
  made.layout.lanes = made.loss.kind == LossKind::kCrossEntropy ? 4 : 8;  // each has a gradient of the whole table
  made.loss.negatives = static_cast<std::size_t>(negatives);
  made.loss.log_q = log_q == "yes";
  made.loss.calibration = calibration;
  made.loss.label_smoothing = label_smoothing;
  made.loss.temperature = temperature;
  made.loss.cosine = logits == "cosine";
  made.loss.in_batch = draw == "batch";
  made.products = products == "bf16" ? kernels::Products::kBf16 : kernels::Products::kFloat;
  made.loss.products = products == "fp32" ? kernels::Products::kFloat : kernels::Products::kBf16;
  made.optimizer.learning_rate = learning_rate;
  made.optimizer.final_rate = final_rate;
  made.optimizer.warmup_steps = static_cast<std::uint64_t>(warmup_steps);
  made.optimizer.beta2 = beta2;
  made.optimizer.weight_decay = weight_decay;
  made.optimizer.clip = clip;
  made.optimizer.average_decay = average;
  made.dropout = dropout;
  made.negative_power = negative_power;
  made.epochs = static_cast<std::size_t>(epochs);
  made.evaluate_every = static_cast<std::size_t>(evaluate_every);
  made.patience = static_cast<std::size_t>(patience);
  made.horizon = static_cast<std::size_t>(horizon);
  made.time = time_use();
  made.seed = seed;
  return made;
}

}  // namespace attune
