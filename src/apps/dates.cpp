#include "apps/dates.h"

#include <chrono>
#include <cstdio>

namespace attune {
namespace {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

Instant instant_of(Timestamp time) { return Instant(std::chrono::microseconds(static_cast<std::int64_t>(time))); }

}  // namespace

std::string date_text(Timestamp time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(instant_of(time)));
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

std::string time_text(Timestamp time) {
  const Instant instant = instant_of(time);
  const std::chrono::hh_mm_ss clock(instant - std::chrono::floor<std::chrono::days>(instant));
  char text[48];
  std::snprintf(text, sizeof text, "T%02ld:%02ld:%02ldZ", static_cast<long>(clock.hours().count()),
                static_cast<long>(clock.minutes().count()), static_cast<long>(clock.seconds().count()));
  return date_text(time) + text;
}

}  // namespace attune
