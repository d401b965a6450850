#pragma once

#include <cstdint>

#include "data/import.h"
#include "data/log_events.h"

namespace attune {

// What is done to a log once all its events are known. Each keeps the order of the log among the events that stay.

// Gives the events without a time that of the event before them of the same user, or else of the first behind them that
// has one; users without any get the earliest of the log, so that no split counts them as the future.
void fill_missing_times(LogEvents& events);

// Leaves one event of each user and item: the oldest or the newest (by time where there are times, equal ones by the
// order of the log); kCount: the newest, with their number as its rating. Returns how many were left out.
std::uint64_t drop_duplicates(LogEvents& events, Duplicates policy);

// Leaves out users and items with fewer than k events until all that stay have k or more, and their identifiers with
// them. Returns how many events were left out.
std::uint64_t keep_core(LogEvents& events, std::uint64_t k);

}  // namespace attune
