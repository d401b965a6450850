#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/study.h"
#include "base/fields.h"
#include "base/thread_pool.h"
#include "data/dataset.h"
#include "data/split.h"
#include "evaluation/search_space.h"
#include "models/model.h"

namespace attune {

// What `attune tune` does: tries settings of a model on the validation part, and never looks at the test part.

enum class Search {
  kRandom,   // points at random, each on all users
  kHalving,  // points at random on a share of the users, the best third of them on three times as many, until all
};

struct TuningRequest {
  const ModelKind* kind = nullptr;
  const Config* base = nullptr;     // settings that are not searched keep these
  std::vector<SearchRange> ranges;  // not empty
  SplitConfig split;                // resolved
  Search search = Search::kHalving;
  std::size_t trials = 27;  // the first has the base's own settings
  std::string metric = "ndcg@10";
  std::uint64_t seed = 1;
  std::optional<std::filesystem::path> study;
};

struct Tuning {
  std::vector<Study::Trial> trials;  // those on all users, best first; ties to the earlier
  std::vector<Study::Trial> all;     // of all rungs, as they were tried
  std::size_t reused = 0;            // among all: found in the study
};

inline constexpr std::size_t kHalvingRungs = 3;
inline constexpr std::size_t kHalvingFactor = 3;

// `done(tried, total)` is called after each trial. Throws Error when every trial was refused.
Tuning tune(const TuningRequest& request, const Dataset& dataset, ThreadPool& pool,
            const std::function<void(std::size_t done, std::size_t total)>& done);

// The split in which only `share` of the users, drawn by the seed, train or are asked; a smaller share's users are
// among a larger one's. A share of 1 is the split itself.
Split share_of_users(const Dataset& dataset, const Split& split, double share, std::uint64_t seed);

// The settings as a TOML file that `train --config` reads, each line of `notes` as a comment before them.
std::string config_to_toml(const Config& config, const std::vector<std::string>& notes);

}  // namespace attune
