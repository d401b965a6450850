#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace attune {

// A finite decimal number, blanks around it allowed; nothing else.
std::optional<double> parse_number(std::string_view text) noexcept;

// How a log writes its times. Numbers since 1970 are told apart by their size: up to 1e11 they are seconds (until the
// year 5138), up to 1e14 milliseconds (from 1973 on), up to 1e17 microseconds.
enum class TimeUnit { kSeconds, kMilliseconds, kMicroseconds, kIso8601 };

const char* time_unit_name(TimeUnit) noexcept;

struct ParsedTime {
  std::int64_t microseconds = 0;  // since 1970 in UTC
  std::optional<TimeUnit> unit;   // none for 0, which says nothing about its unit
};

// A number of the units above, with decimals (what is below a microsecond is cut), or an ISO 8601 date, alone or with a
// time of day after 'T' or a blank and an offset; without an offset it is read as UTC. Blanks around are allowed.
std::optional<ParsedTime> parse_time(std::string_view text) noexcept;

// The same of a number that is one already.
std::optional<ParsedTime> time_of_number(double number) noexcept;

}  // namespace attune
