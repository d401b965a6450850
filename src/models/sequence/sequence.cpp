#include "models/sequence/sequence.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "models/sequence/sequence_defaults.h"
#include "models/sequence/sequence_model.h"
#include "models/sequence/sequence_tensors.h"
#include "training/trainer.h"

namespace attune {
namespace {

// No weight of a network that recommends is beyond this: with it, sums stay finite.
constexpr float kWeightMax = 1e6F;

struct OwnedTensors {
  Weights weights;
  std::vector<float> log_counts;
};

std::vector<float> log_counts_of(const TrainingEvents& events) {
  std::vector<float> found;
  found.reserve(events.counts().size());
  for (const std::uint32_t count : events.counts()) found.push_back(static_cast<float>(std::log1p(count)));
  return found;
}

std::unique_ptr<SequenceModel> model_of(const SequenceConfig& config, const Weights& weights,
                                        std::span<const float> log_counts, std::shared_ptr<const void> owner) {
  return std::make_unique<SequenceModel>(
      config, SequenceModel::Tensors{weights.parameters.span(), weights.rows(), log_counts, std::move(owner)});
}

SequenceConfig settled(const SequenceConfig& config, const TrainingEvents& events, double targets_per_user) {
  config.validate();
  const LogShape shape = log_shape(events, targets_per_user);
  std::vector<std::string> reasons;
  SequenceConfig made = with_defaults(config, shape, reasons);
  made.validate();
  for (const std::string& reason : reasons) log(LogLevel::kInfo, "chosen " + reason);
  return made;
}

// What a checkpoint is of: settings, seed and events.
std::string settings_of(const SequenceConfig& config, const TrainingEvents& events, std::uint64_t seed) {
  SequenceConfig copy = config;
  return config_to_json(ConfigOf<SequenceConfig>(copy)) + " seed " + std::to_string(seed) + " events " +
         std::to_string(events.events()) + " items " + std::to_string(events.items().size()) + " users " +
         std::to_string(events.users());
}

void warm_start(Learner& learner, const SequenceConfig& config, const TrainingEvents& events, const Model& from) {
  const auto* model = dynamic_cast<const SequenceModel*>(from.recommender.get());
  if (model == nullptr) throw Error(ErrorKind::kUsage, "--warm-start needs a model of the kind sequence");
  if (model->parameters().size() != learner.network().parameters().size() ||
      model->item_vectors().columns != static_cast<std::size_t>(config.width)) {
    throw Error(ErrorKind::kUsage,
                "--warm-start: the model has another network; give its preset, width, heads, blocks, ",
                "inner, max_history and biases");
  }
  std::vector<std::uint32_t> rows(events.items().size(), Learner::kNoRow);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = from.items.ids.find(events.items().ids[i]);
    if (found) rows[i] = static_cast<std::uint32_t>(*found);
  }
  learner.begin_with(model->parameters(), model->item_vectors(), rows);
}

}  // namespace

std::unique_ptr<Recommender> fit_sequence(const TrainingEvents& events, SequenceConfig& config, FitContext& context) {
  config = settled(config, events, context.targets_per_user);
  auto owned = std::make_shared<OwnedTensors>();
  owned->log_counts = log_counts_of(events);
  const TrainerConfig trainer = config.trainer(context.seed);
  const SequenceWindows windows(events, config.windows());
  Learner learner(config.network(), trainer, windows, events.counts(), context.pool);
  if (context.warm_start != nullptr) warm_start(learner, config, events, *context.warm_start);

  TrainingHooks hooks;
  if (context.validate) {
    hooks.validate = [&](const Weights& weights) {
      return context.validate(*model_of(config, weights, owned->log_counts, nullptr));
    };
  }
  hooks.report = context.report;
  hooks.interrupted = context.interrupted;
  hooks.checkpoint = context.checkpoint;
  hooks.resume = context.resume;
  hooks.settings = settings_of(config, events, context.seed);
  TrainingResult result = train(learner, trainer, windows, hooks);
  owned->weights = std::move(result.weights);
  return model_of(config, owned->weights, owned->log_counts, owned);
}

std::unique_ptr<Recommender> load_sequence(const ModelReader& reader, const SequenceConfig& config) {
  const auto table = reader.values<float>(kItemVectors, 2);
  const auto width = static_cast<std::size_t>(config.width);
  if (reader.shape(kItemVectors) != std::vector<std::size_t>{reader.items(), width}) {
    reader.refuse(kItemVectors, "is not a vector of the config's width for each item");
  }
  const auto log_counts = reader.values<float>(kLogCounts, 1);
  if (log_counts.size() != reader.items()) reader.refuse(kLogCounts, "is not one value for each item");

  if (!config.settled()) reader.refuse(kItemVectors, "comes with a config that leaves settings open");
  const SequenceNetwork<float> network(config.network());
  for (const Parameter& parameter : network.parameters().all()) {
    const std::string name = kParameterPrefix + parameter.name;
    if (!reader.contains(name) || reader.shape(name) != std::vector<std::size_t>{parameter.rows, parameter.columns}) {
      reader.refuse(name, "is missing or has not the shape that the config asks for");
    }
  }
  struct Kept {
    AlignedBuffer<float> parameters;
    std::shared_ptr<const void> file;
  };
  auto kept = std::make_shared<Kept>();
  kept->parameters = AlignedBuffer<float>(network.parameters().size());  // no more than the file has, now
  kept->file = reader.keep_alive();
  const auto check = [&](const std::string& name, std::span<const float> values) {
    for (const float value : values) {
      if (!(std::abs(value) <= kWeightMax)) reader.refuse(name, "has a value that is no weight");
    }
  };
  for (const Parameter& parameter : network.parameters().all()) {
    const std::string name = kParameterPrefix + parameter.name;
    const auto values = reader.values<float>(name, 2);
    check(name, values);
    std::ranges::copy(values, kept->parameters.data() + parameter.offset);
  }
  check(kItemVectors, table);
  check(kLogCounts, log_counts);
  const std::span<const float> parameters = kept->parameters.span();
  return std::make_unique<SequenceModel>(
      config,
      SequenceModel::Tensors{parameters, MatrixView(table.data(), reader.items(), width), log_counts, std::move(kept)});
}

}  // namespace attune
