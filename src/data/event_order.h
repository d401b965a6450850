#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset_writer.h"

namespace attune {

// Brings a content's events into the order of a dataset, in place: user by user, oldest first, stable. Returns the
// offsets of the users' histories: user u's events are [offsets[u], offsets[u + 1]).
std::vector<std::uint64_t> sort_events(DatasetContent& content);

}  // namespace attune
