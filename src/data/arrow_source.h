#pragma once

#include <memory>
#include <string_view>

#include "data/row_source.h"
#include "data/text_file.h"

namespace attune {

// Whether the bytes begin like a Parquet file, or like an Arrow IPC file or stream.
bool is_parquet(std::string_view bytes) noexcept;
bool is_arrow(std::string_view bytes) noexcept;

// The columns of a table file, streamed batch by batch. Numbers and times come as such unless text is asked for, and
// then in their shortest form or as ISO 8601; dictionaries as their values; lists of these as kLists. A record is a
// row, from 1. Throws Error(kBadInput) when the file is damaged, and from select() for a column of another type.
std::unique_ptr<RowSource> open_parquet(RawFile file);
std::unique_ptr<RowSource> open_arrow(RawFile file);

}  // namespace attune
