#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "data/dataset.h"
#include "data/item_table.h"
#include "explanation/reasons.h"
#include "models/model.h"
#include "retrieval/retrieve.h"

namespace attune {

// Who is recommended to: a user of a dataset, or a history without a user.
struct Asked {
  std::optional<UserIndex> user;
  ItemTranslation::Translated history;  // what the model knows of it
};

struct Answer {
  std::vector<Scored> items;                 // best first
  std::vector<std::vector<Reason>> reasons;  // by item, largest first
  bool personal = true;  // false: the history says nothing to the model, and the prior answers alone
};

struct RecommendConfig {
  std::size_t k = 10;
  Seen seen = Seen::kExclude;
  std::size_t reasons = 3;
  std::optional<Timestamp> when;  // of the event to be predicted, for models that ask for it
};

// One answer for each asked, in their order; the same for any number of threads.
std::vector<Answer> recommend(const Model& model, std::span<const Asked> asked, const RecommendConfig& config,
                              ThreadPool& pool);

// Answers all of `users` in waves, so that memory does not grow with their number, and hands each answer on in order.
void recommend_users(const Model& model, const Dataset& dataset, std::span<const UserIndex> users,
                     const RecommendConfig& config, ThreadPool& pool,
                     const std::function<void(const Asked&, const Answer&)>& answered);

}  // namespace attune
