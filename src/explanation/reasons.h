#pragma once

#include <cstddef>
#include <vector>

#include "models/recommender.h"

namespace attune {

// An event of the history that a recommendation is due to.
struct Reason {
  std::size_t position;  // in the query's history, from 0, oldest first
  ItemIndex item;
  float contribution;  // what the event adds to the score
  float weight;        // its share of all positive contributions, in (0, 1]
};

// The events that add most to the score of `item`, largest first (ties: the newer event), at most `n`; events that add
// nothing or take away are left out, so that a recommendation that rests on the prior alone has no reasons.
std::vector<Reason> reasons(const Recommender& model, const Query& query, ItemIndex item, std::size_t n);

}  // namespace attune
