#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix_view.h"
#include "data/history.h"

namespace attune {

class ModelWriter;

// What a model is asked: a history of any user, known or not, also an empty one.
struct Query {
  History history;
  std::optional<Timestamp> when;  // of the event to be predicted; only for models that ask for it
};

// The one interface of all models. A model answers from a history: it never knows users. Immutable and thread-safe once
// made. Scores are for ranking: larger is better, any finite float; -inf is allowed for items that must not be
// recommended.
class Recommender {
 public:
  virtual ~Recommender() = default;

  virtual std::size_t items() const = 0;

  // scores(q, j) for query q and item j; scores is [queries, items()]. Every item is scored, those of the history too:
  // filters belong to retrieval.
  virtual void score(std::span<const Query> queries, MutableMatrixView scores) const = 0;

  // How much each event of the query's history adds to the score of `item`; same length as the history. A model in
  // which no event adds anything (popularity) returns zeros.
  virtual std::vector<float> contributions(const Query& query, ItemIndex item) const = 0;

  // Scores of all items as neighbours of `item`, items() of them, larger is nearer, -inf for those that have nothing in
  // common with it; the item's own entry is ignored. Empty when the model has no notion of similar items.
  virtual std::vector<float> similar(ItemIndex item) const = 0;

  // Whether an answer to this query rests on the history; false when it can only be the prior (an empty history, or one
  // of items without features), so that a caller can say so.
  virtual bool personal(const Query& query) const = 0;

  // Whether answers rest on Query::when. Such a model that is asked without it answers as if the event to be predicted
  // came together with the newest one.
  virtual bool asks_when() const { return false; }

  virtual void save(ModelWriter&) const = 0;
};

// Queries to score in one call: as many as keep the buffer of scores within 64 MB, and never more than 64.
inline std::size_t queries_in_block(std::size_t items) {
  constexpr std::size_t kScores = std::size_t{1} << 24;
  return std::clamp<std::size_t>(kScores / std::max<std::size_t>(items, 1), 1, 64);
}

}  // namespace attune
