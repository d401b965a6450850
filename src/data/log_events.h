#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/field_values.h"
#include "data/id_numbering.h"

namespace attune {

// The events of one log or several, in the order of the files, as columns.
struct LogEvents {
  IdNumbering user_ids, item_ids;
  std::vector<std::uint32_t> users, items;
  std::vector<float> ratings;
  std::vector<std::int64_t> times;  // microseconds since 1970; kNoTime where missing and kept
  bool has_ratings = false;
  bool has_times = false;
  std::uint64_t in_runs = 0;          // events that were moved on from these columns to runs (event_runs.h)
  std::uint64_t without_time = 0;     // how many of `times` are kNoTime
  std::optional<TimeUnit> time_unit;  // that of the first time other than 0; all must be alike
  std::string time_unit_place;        // where that was

  std::uint64_t size() const { return users.size() + in_runs; }
  bool empty() const { return size() == 0; }
};

}  // namespace attune
