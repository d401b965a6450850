#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/column_names.h"
#include "data/record_scanner.h"
#include "data/row_source.h"
#include "data/text_file.h"

namespace attune {

// How a delimited text file is to be read, as its options say or else as its first lines show. `named` tells whether
// the first record holds the names; the sample is of rows that have as many fields.
struct TextLayout {
  Dialect dialect;
  SourceLayout columns;
};

// What the first record is compared with to tell whether it is a header.
struct HeaderHints {
  std::function<bool(std::span<const ColumnName>)> reads_like_header;
  // Whether the column's values are numbers or times; a first value that is neither, before others that are, is then a
  // name.
  std::function<bool(std::size_t column)> holds_values;
};

// The delimiter as given, with "\t" for a tab. Throws Error(kUsage) when it can be no delimiter.
std::string parse_delimiter(const TextFile& file);

// The first records of a file, for finding things out; at most some hundreds.
std::vector<Record> first_records(std::string_view text, bool whole, const Dialect& dialect);

// Throws Error(kBadInput) when no delimiter makes sense of the first lines, Error(kUsage) for options that contradict
// each other.
TextLayout find_layout(const TextFile& file, const HeaderHints& hints);

// "'::'", "a tab", "a blank", for messages.
std::string describe_delimiter(const std::string& delimiter);

}  // namespace attune
