#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/sparse_matrix.h"
#include "data/training_events.h"

namespace attune {

// What the classical methods read of a log: who met what, each pair once, however often and in whatever order.

// A row a user of the training events (empty where they have none), a column an item, every value 1.
SparseMatrix interactions(const TrainingEvents& events);

// An item of a history, with the position of its newest event: events that repeat an item add nothing to it, and the
// newest stands for all.
struct MetItem {
  std::uint32_t item;
  std::uint32_t position;
};

// The distinct items of a history, ascending. Every one must be below `items`; our own mistake otherwise.
std::vector<MetItem> met_items(const History& history, std::size_t items);

}  // namespace attune
