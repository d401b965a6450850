#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/bad_rows.h"
#include "data/field_values.h"
#include "data/id_map.h"
#include "data/text_file.h"
#include "data/text_layout.h"

namespace attune {

// The events of one log or several, in the order of the files, as columns.
struct LogEvents {
  IdMapBuilder user_ids, item_ids;
  std::vector<std::uint32_t> users, items;
  std::vector<float> ratings;
  std::vector<std::int64_t> times;  // microseconds since 1970
  bool has_ratings = false;
  bool has_times = false;
  std::optional<TimeUnit> time_unit;  // that of the first time other than 0; all must be alike
  std::string time_unit_place;        // where that was
};

// Which columns of a delimited log hold what, as indices into TextLayout::names.
struct LogColumns {
  std::size_t user = 0;
  std::size_t item = 0;
  std::optional<std::size_t> rating, timestamp;
};

// How to look at the first lines of a log.
HeaderHints log_header_hints(const TextOptions& options);

// From --columns, else from the header's names, else from the number of columns: user, item; a third of large numbers
// or dates is the timestamp, of other numbers the rating; a fourth is the timestamp. Throws Error naming the columns
// that there are when user or item cannot be told.
LogColumns find_log_columns(const TextFile& file, const TextLayout& layout);

// "user = column 1, item = column 2".
std::string describe_log_columns(const LogColumns& columns, const TextLayout& layout);

// Appends the file's events. Ratings and times must be there in all files of a log or in none.
void read_delimited_log(const TextFile& file, const TextLayout& layout, const LogColumns& columns, BadRows& bad_rows,
                        LogEvents& events);

}  // namespace attune
