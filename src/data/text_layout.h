#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/column_names.h"
#include "data/record_scanner.h"
#include "data/text_file.h"

namespace attune {

// How a delimited text file is to be read, as its options say or else as its first lines show.
struct TextLayout {
  Dialect dialect;
  bool header = false;                           // whether the first record holds the names
  std::vector<ColumnName> names;                 // one for each column: the header's, or column_1, column_2 …
  std::vector<std::vector<std::string>> sample;  // the first rows of data that have as many fields

  std::size_t columns() const { return names.size(); }
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

// The column that an option names, by its name in the header or by its number from 1. Throws Error(kBadInput) listing
// the columns that there are.
std::size_t find_column(const TextFile& file, const TextLayout& layout, const std::string& column);

// "'::'", "a tab", "a blank", for messages.
std::string describe_delimiter(const std::string& delimiter);

// "column 'rating'" or, without a header, "column 3".
std::string describe_column(const TextLayout& layout, std::size_t column);

}  // namespace attune
