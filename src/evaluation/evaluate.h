#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "data/item_table.h"
#include "data/split.h"
#include "evaluation/metrics.h"
#include "evaluation/slices.h"
#include "models/recommender.h"
#include "models/seen.h"

namespace attune {

enum class Detail {
  kMetrics,  // means alone: for callbacks that ask often
  kAll,      // also genres and slices
};

struct EvaluationConfig {
  Part part = Part::kTest;
  Seen seen = Seen::kExclude;
  std::string split = "";  // how the split was made (SplitConfig::split), for the protocol alone
  Detail detail = Detail::kAll;
  bool when_known = false;  // each query says when the part's first event came
};

// What was ranked and for whom. Targets are distinct items: an item that occurs several times among the events of a
// user's part counts once.
struct Protocol {
  std::string split;
  std::string part;           // "valid" or "test"
  std::string seen;           // "exclude" or "keep"
  std::string query_time;     // "known" if the model was told when the part's first event came, else "ignored"
  std::size_t catalogue = 0;  // items ranked for each user
  std::size_t users = 0;      // users with a history and at least one target: those that the metrics average over
  std::size_t new_users = 0;  // users with targets but no history before the cut: in new_user_metrics alone
  std::size_t targets = 0;    // of `users`; new users' are not in it
  // Among `targets`, those of items without a training event and outside the catalogue: counted as missed.
  std::size_t unreachable_targets = 0;
  // Not among `targets`: seen before, which cannot be recommended when seen items are excluded. Users who have no
  // other targets are not evaluated.
  std::size_t repeated_targets = 0;
  // Among `targets`, those of items without a training event, unreachable ones too: the slice of new items.
  std::size_t new_item_targets = 0;
  // Among `targets`, those that share their score with another ranked item where an order of the two matters, that is,
  // where one of them could stand among the first kRankMax.
  std::size_t tied_targets = 0;
  std::string genres;  // the catalogue's column that diversity@10 and miscalibration@10 are computed from; "" without
};

// One evaluated user, for paired comparisons.
struct UserValues {
  UserIndex user{};
  std::uint32_t history = 0;
  std::uint32_t targets = 0;
  std::array<double, kMetricFields.size()> at_10{};  // in the order of kMetricFields
};

struct Evaluation {
  Protocol protocol;
  // "ndcg@10" …, "coverage@10", "novelty@10", "gini@10" and, with genres, "diversity@10" and "miscalibration@10"; empty
  // without users.
  std::map<std::string, double> metrics;
  std::map<std::string, double> new_user_metrics;  // the same for users without a history; empty when there are none
  // Expected over all orders of equal scores; empty unless more than kTiedShare of the targets are tied.
  std::map<std::string, double> expected_metrics;
  std::vector<Slice> slices;         // of users with a history; empty with Detail::kMetrics
  std::vector<UserValues> per_user;  // users with a history, in user order
  double seconds = 0;

  static constexpr double kTiedShare = 0.01;
};

// Scores of all items for a block of queries, one of each user; as Recommender::score, which it mostly is. Called from
// several threads.
using ScoreUsers = std::function<void(std::span<const UserIndex>, std::span<const Query>, MutableMatrixView)>;

// Ranks the whole catalogue for each user of a part and averages over users. The history before the part is given, in
// the numbering of `items`: a history of nothing but items that are not among them is a new user's. Ties break by item
// index; a user's other targets stay in the ranking. A target that is scored -inf is missed.
//
// coverage@10 is the share of the catalogue that stands in at least one of the top-10 lists. novelty@10 is the mean,
// over all entries of these lists, of -log2(share of the training events), with `training_counts` by item; an item
// without a training event counts as a share of 1 / (events + items), less than that of any item with one. gini@10 is
// the Gini coefficient of how often each item of the catalogue is listed. Genres: item_genres.h.
//
// Users are ranked in blocks: memory is independent of users x items. The same result for any number of threads.
Evaluation evaluate(const ScoreUsers& score, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool);

// The same of a model, which decides about `when_known`: it is told what it asks for.
Evaluation evaluate(const Recommender& model, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool);

}  // namespace attune
