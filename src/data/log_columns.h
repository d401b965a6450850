#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "data/row_source.h"
#include "data/text_layout.h"

namespace attune {

// Which columns of a log hold what, as indices into SourceLayout::names.
struct LogColumns {
  std::size_t user = 0;
  std::size_t item = 0;
  std::optional<std::size_t> rating, timestamp;
};

// How to look at the first lines of a log.
HeaderHints log_header_hints(const TextOptions& options);

// From --columns, else from the names, else from the number of columns: user, item; a third of large numbers or dates
// is the timestamp, of other numbers the rating; a fourth is the timestamp. Throws Error naming the columns that there
// are when user or item cannot be told.
LogColumns find_log_columns(const Input& input, const SourceLayout& layout);

// "user = column 1, item = column 2".
std::string describe_log_columns(const LogColumns& columns, const SourceLayout& layout);

}  // namespace attune
