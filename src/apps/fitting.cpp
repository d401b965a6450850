#include "apps/fitting.h"

#include <string>
#include <utility>

#include "apps/console.h"
#include "apps/model_use.h"
#include "apps/process_memory.h"
#include "apps/version.h"
#include "base/error.h"
#include "evaluation/evaluate.h"

namespace attune {
namespace {

Metadata provenance(const Dataset& dataset, const TrainingEvents& events) {
  return {{kFingerprintKey, dataset.manifest().fingerprint},
          {"dataset_interactions", std::to_string(dataset.manifest().interactions)},
          {"dataset_users", std::to_string(dataset.manifest().users)},
          {"dataset_items", std::to_string(dataset.manifest().items)},
          {"training_events", std::to_string(events.events())},
          {"attune_version", std::string(kVersion)}};
}

// Events of the validation part a user, of those who have any in it; 1 if nobody has.
double targets_per_user(const Split& split) {
  std::size_t users = 0, events = 0;
  for (const UserSplit& cuts : split.users) {
    events += cuts.valid_end - cuts.valid_begin;
    if (cuts.valid_end > cuts.valid_begin) ++users;
  }
  return users == 0 ? 1 : static_cast<double>(events) / static_cast<double>(users);
}

}  // namespace

TrainingEvents training_events(const Dataset& dataset, const Split& split, const std::filesystem::path& path) {
  TrainingEvents events(dataset, split);
  if (events.events() == 0) {
    throw Error(ErrorKind::kBadInput, path.string(),
                ": the training part of the split has no events; ask for another "
                "--split, or smaller --valid-fraction and --test-fraction");
  }
  return events;
}

Fitted fit_model(const ModelKind& kind, std::unique_ptr<Config> config, std::uint64_t seed, const Dataset& dataset,
                 const SplitConfig& split_config, const TrainingEvents& events, ThreadPool& pool,
                 const std::function<void(FitContext&)>& prepare) {
  Fitted fitted;
  Model& model = fitted.model;
  model.kind = &kind;
  model.config = std::move(config);
  model.split = split_config;
  model.seed = seed;
  FitContext context{pool, seed};
  const Split split = make_split(dataset, split_config);
  context.targets_per_user = targets_per_user(split);
  const Stopwatch watch;
  if (split_config.split != "none") {
    context.validate = [&](const Recommender& candidate) {
      const Evaluation valid = evaluate(candidate, events.items(), events.counts(), dataset, split,
                                        {Part::kValid, Seen::kExclude, split_config.split, Detail::kMetrics}, pool);
      const auto found = valid.metrics.find("ndcg@10");
      const double ndcg = found == valid.metrics.end() ? 0.0 : found->second;
      fitted.validations.emplace_back(watch.seconds(), ndcg);
      return ndcg;
    };
  }
  if (prepare) prepare(context);
  model.recommender = kind.fit(events, *model.config, context);
  fitted.seconds = watch.seconds();
  fitted.peak_mb = peak_memory_mb();
  model.items = events.items();
  model.provenance = provenance(dataset, events);
  return fitted;
}

}  // namespace attune
