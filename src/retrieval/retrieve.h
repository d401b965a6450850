#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "data/history.h"
#include "models/recommender.h"
#include "models/seen.h"

namespace attune {

// From scores to lists, exactly: every item is looked at. Thread-safe; one thread a call.

struct Scored {
  ItemIndex item;
  float score;
};

// The k best items of a row of scores, best first; ties by item index; items of `excluded` (in any order, repeated or
// not, each below scores.size()) and scores of -inf are left out, so fewer than k may come back. Allocates for k and
// `excluded`, never for the row.
std::vector<Scored> best_items(std::span<const float> scores, std::size_t k, std::span<const ItemIndex> excluded);

// For each query its k best items. With Seen::kExclude the items of a query's history are left out. Queries are scored
// in blocks: memory is independent of queries x items.
std::vector<std::vector<Scored>> retrieve(const Recommender& model, std::span<const Query> queries, std::size_t k,
                                          Seen seen);

// The k items nearest to `item`, itself left out. Throws Error(kUsage) when the model has no notion of similar items.
std::vector<Scored> nearest_items(const Recommender& model, ItemIndex item, std::size_t k);

}  // namespace attune
