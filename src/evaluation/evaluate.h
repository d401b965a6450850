#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "data/item_table.h"
#include "data/split.h"
#include "evaluation/metrics.h"
#include "models/recommender.h"
#include "models/seen.h"

namespace attune {

struct EvaluationConfig {
  Part part = Part::kTest;
  Seen seen = Seen::kExclude;
  std::string split = "";  // how the split was made (SplitConfig::split), for the protocol alone
};

// What was ranked and for whom. Targets are distinct items: an item that occurs several times among the events of a
// user's part counts once.
struct Protocol {
  std::string split;
  std::string part;           // "valid" or "test"
  std::string seen;           // "exclude" or "keep"
  std::size_t catalogue = 0;  // items ranked for each user
  std::size_t users = 0;      // users with a history and at least one target: those that the metrics average over
  std::size_t new_users = 0;  // users with targets but no history before the cut: in new_user_metrics alone
  std::size_t targets = 0;    // of `users`; new users' are not in it
  // Among `targets`, those of items without a training event and outside the catalogue: counted as missed.
  std::size_t unreachable_targets = 0;
  // Not among `targets`: seen before, which cannot be recommended when seen items are excluded. Users who have no
  // other targets are not evaluated.
  std::size_t repeated_targets = 0;
};

struct Evaluation {
  Protocol protocol;
  std::map<std::string, double> metrics;           // "ndcg@10" …, "coverage@10", "novelty@10"; empty without users
  std::map<std::string, double> new_user_metrics;  // the same for users without a history; empty when there are none
  std::vector<float> ndcg_at_10;                   // by evaluated user, in user order, for paired comparisons
  double seconds = 0;
};

// Ranks the whole catalogue for each user of a part and averages over users. The history before the part is given, in
// the model's numbering: a history of nothing but items that the model does not know is a new user's. Ties break by
// item index; a user's other targets stay in the ranking. A target that the model scores -inf is missed.
//
// coverage@10 is the share of the catalogue that stands in at least one of the top-10 lists. novelty@10 is the mean,
// over all entries of these lists, of -log2(share of the training events), with `training_counts` by item; an item
// without a training event counts as a share of 1 / (events + items), less than that of any item with one.
//
// Users are ranked in blocks: memory is independent of users x items. The same result for any number of threads.
Evaluation evaluate(const Recommender& model, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool);

}  // namespace attune
