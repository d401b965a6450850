#pragma once

#include <cstddef>
#include <vector>

#include "data/dataset.h"
#include "data/item_table.h"
#include "data/split.h"
#include "models/seen.h"

namespace attune {

// What a model is asked of one user, and what it should have put in front.
struct RankingCase {
  ItemTranslation::Translated history;  // before the part
  std::vector<ItemIndex> targets;       // distinct; those that the model knows
  std::size_t unreachable = 0;          // distinct targets that it does not know
  std::size_t repeated = 0;             // distinct targets left out, since the history has them already

  std::size_t counted() const { return targets.size() + unreachable; }
};

// Users with events in the part, ascending.
std::vector<UserIndex> users_of_part(const Dataset& dataset, const Split& split, Part part);

// The case of a user. Repeated targets are told by the dataset's rows, so that they are the same for every model.
RankingCase ranking_case(const Dataset& dataset, const Split& split, UserIndex user, Part part, Seen seen,
                         const ItemTranslation& translation);

}  // namespace attune
