#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/row_source.h"

namespace attune {

// Single values of Arrow arrays of the types that logs and tables have.

// How a type comes; nothing for types that no column of a log or table has.
std::optional<SourceForm> form_of(const arrow::DataType& type);

// Appends a value as text: nothing for a null, shortest numbers, ISO 8601 times in UTC, lists by kListSeparator.
void append_text(const arrow::Array& array, std::int64_t row, std::string& text);

// NaN for a null. For types whose form is kNumbers.
double number_at(const arrow::Array& array, std::int64_t row);

// Microseconds since 1970, kNoTime for a null. For types whose form is kTimes.
std::int64_t time_at(const arrow::Array& array, std::int64_t row);

// "2024-05-01T12:34:56.789Z", or "2024-05-01" at midnight.
std::string iso8601(std::int64_t microseconds);

}  // namespace attune
