#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "data/split.h"
#include "data/training_events.h"
#include "models/model.h"

namespace attune {

// What commands that fit models share.

// The training events of a split. Throws Error(kBadInput), its message opening with `path`, when there are none.
TrainingEvents training_events(const Dataset& dataset, const Split& split, const std::filesystem::path& path);

struct Fitted {
  Model model;
  double seconds = 0;  // of the fit alone
  double peak_mb = 0;  // peak_memory_mb() when it was done
  // What the fit was told when it asked how it does on the validation part: seconds since it began, NDCG@10. For models
  // that learn in rounds this is their learning curve.
  std::vector<std::pair<double, double>> validations;
};

// A model with all that its file holds. `split_config` is the resolved config that `events` were cut by.
Fitted fit_model(const ModelKind& kind, std::unique_ptr<Config> config, std::uint64_t seed, const Dataset& dataset,
                 const SplitConfig& split_config, const TrainingEvents& events, ThreadPool& pool);

}  // namespace attune
