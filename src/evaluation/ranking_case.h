#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "data/dataset.h"
#include "data/item_table.h"
#include "data/split.h"
#include "models/seen.h"

namespace attune {

// An item that should have been put in front.
struct Target {
  ItemRow row{};
  ItemIndex item = kNoItem;  // kNoItem: one that the model does not know, which counts as missed
  Timestamp time{};          // of its first event in the part; 0 where the log has no times
};

// What a model is asked of one user, and what it should have put in front.
struct RankingCase {
  ItemTranslation::Translated history;  // before the part
  std::vector<Target> targets;          // distinct, by row
  std::size_t repeated = 0;             // distinct targets left out, since the history has them already
  std::optional<Timestamp> begins;      // when the part's first event came; none where the log has no times
};

// Users with events in the part, ascending.
std::vector<UserIndex> users_of_part(const Dataset& dataset, const Split& split, Part part);

// A user's events before the part, and in it.
struct PartOfHistory {
  LoggedHistory before;
  LoggedHistory part;
};
PartOfHistory part_of_history(const Dataset& dataset, const Split& split, UserIndex user, Part part);

// The case of a user. Repeated targets are told by the dataset's rows, so that they are the same for every model.
RankingCase ranking_case(const Dataset& dataset, const Split& split, UserIndex user, Part part, Seen seen,
                         const ItemTranslation& translation);

}  // namespace attune
