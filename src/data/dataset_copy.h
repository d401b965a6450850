#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/dataset_writer.h"

namespace attune {

// Parts of a dataset as content for a new one. Rows are given as rows of the old tables; kNoRow (column_inference.h)
// makes an empty one.

Strings copy_strings(StringsView strings, std::span<const std::uint32_t> rows);
OwnedTable copy_table(const Catalogue& table, std::span<const std::uint32_t> rows);

// How the numbers of users and items change: new_user[old], or kNoRow where the user's events are left out.
struct Renumbering {
  std::vector<std::uint32_t> new_user, new_item;
};

// Adds the dataset's events, user by user. They are in order already, so that adding them costs little.
void add_events(const Dataset& dataset, const Renumbering& renumbering, EventRuns& runs);

// Numbers 0 to count - 1.
std::vector<std::uint32_t> all_rows(std::size_t count);

}  // namespace attune
