#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "data/dataset_for_test.h"
#include "models/model.h"
#include "models/model_for_test.h"

namespace attune {

// A log of `users` and `items` in which an item is the likelier the lower its number; events repeat now and then.
inline Dataset random_log_for_test(std::size_t users, std::size_t items, std::size_t events, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<EventForTest> log;
  for (std::size_t e = 0; e < events; ++e) {
    const double draw = rng.uniform() * rng.uniform();
    log.push_back({"u" + std::to_string(rng.below(users)),
                   "i" + std::to_string(static_cast<std::size_t>(draw * static_cast<double>(items)))});
  }
  return dataset_for_test(log, {{"rest"}, {}});  // and an item that nobody met
}

// Everything of a dataset trains. `fit` is one of the models' own functions.
template <class C>
std::unique_ptr<Recommender> fitted_for_test(std::unique_ptr<Recommender> (*fit)(const TrainingEvents&, const C&,
                                                                                 FitContext&),
                                             const Dataset& dataset, const C& config, int threads = 2) {
  ThreadPool pool(threads);
  FitContext context{pool, 7};
  return fit(TrainingEvents(dataset, split_none(dataset)), config, context);
}

inline Query query_for_test(const std::vector<ItemIndex>& items) { return {{items, {}, {}}, std::nullopt}; }

inline std::vector<ItemIndex> items_for_test(std::initializer_list<std::uint32_t> numbers) {
  std::vector<ItemIndex> items;
  for (const std::uint32_t number : numbers) items.push_back(ItemIndex{number});
  return items;
}

// How far the contributions to `item` are from adding up to its score.
inline double missing_from_contributions(const Recommender& model, const std::vector<ItemIndex>& history,
                                         ItemIndex item) {
  double sum = scores_for_test(model, history)[to_size(item)];
  for (const float share : model.contributions(query_for_test(history), item)) sum -= static_cast<double>(share);
  return sum;
}

}  // namespace attune
