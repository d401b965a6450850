#include "data/field_values.h"

#include <charconv>
#include <cmath>

namespace attune {
namespace {

constexpr std::int64_t kMicrosecondsASecond = 1'000'000;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = 10 * value + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Digits after a decimal point as millionths, cut after six; none when there are no digits.
std::optional<std::int64_t> take_millionths(std::string_view& text) {
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits < 6) value = 10 * value + (text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t d = digits; d < 6; ++d) value *= 10;
  text.remove_prefix(digits);
  return value;
}

// Days from 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap day comes last.
std::int64_t days_since_1970(int year, int month, int day) {
  const std::int64_t shifted = month > 2 ? year : year - 1;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  return days_since_1970(*year, *month, *day);
}

// Microseconds since midnight: HH:MM, HH:MM:SS or HH:MM:SS.ffffff.
std::optional<std::int64_t> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t value = (*hour * 3600 + *minute * 60) * kMicrosecondsASecond;
  if (!take(text, ':')) return value;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  value += *second * kMicrosecondsASecond;
  if (!take(text, '.') && !take(text, ',')) return value;
  const auto fraction = take_millionths(text);
  if (!fraction) return std::nullopt;
  return value + *fraction;
}

// Microseconds east of UTC: Z, nothing, +HH, +HHMM or +HH:MM.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool west = text[0] == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const auto parsed = take_digits(text, 2);
    if (!parsed || *parsed > 59) return std::nullopt;
    minutes = *parsed;
  }
  const std::int64_t east = (*hours * 3600 + minutes * 60) * kMicrosecondsASecond;
  return west ? -east : east;
}

std::optional<ParsedTime> parse_iso8601(std::string_view text) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  std::int64_t microseconds = *days * 86400 * kMicrosecondsASecond;
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto of_day = take_time_of_day(text);
    if (!of_day) return std::nullopt;
    const auto east = take_offset(text);
    if (!east || !text.empty()) return std::nullopt;
    microseconds += *of_day - *east;
  }
  return ParsedTime{microseconds, TimeUnit::kIso8601};
}

// The time of whole + millionths / 1e6 units, whose size tells which unit they are.
std::optional<ParsedTime> scale_time(std::int64_t whole, std::int64_t millionths, bool negative) {
  ParsedTime time;
  if (whole > 100'000'000'000'000'000) return std::nullopt;
  if (whole > 100'000'000'000'000) {
    time = {whole, TimeUnit::kMicroseconds};
  } else if (whole > 100'000'000'000) {
    time = {whole * 1000 + millionths / 1000, TimeUnit::kMilliseconds};
  } else {
    time = {whole * kMicrosecondsASecond + millionths, TimeUnit::kSeconds};
  }
  if (time.microseconds == 0) time.unit.reset();
  if (negative) time.microseconds = -time.microseconds;
  return time;
}

// 1.26e+09 and the like, as spreadsheets and data frames write them.
std::optional<ParsedTime> parse_scientific(std::string_view text) {
  const auto number = parse_number(text);
  return number ? time_of_number(*number) : std::nullopt;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) noexcept {
  text = trim(text);
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<ParsedTime> time_of_number(double number) noexcept {
  if (!(std::abs(number) <= 1e17)) return std::nullopt;
  const double size = std::abs(number), floor = std::floor(size);
  return scale_time(static_cast<std::int64_t>(floor), static_cast<std::int64_t>((size - floor) * 1e6), number < 0);
}

const char* time_unit_name(TimeUnit unit) noexcept {
  switch (unit) {
    case TimeUnit::kSeconds:
      return "seconds since 1970";
    case TimeUnit::kMilliseconds:
      return "milliseconds since 1970";
    case TimeUnit::kMicroseconds:
      return "microseconds since 1970";
    case TimeUnit::kIso8601:
      return "ISO 8601 dates";
  }
  return "unknown";
}

std::optional<ParsedTime> parse_time(std::string_view text) noexcept {
  text = trim(text);
  const bool negative = text.starts_with('-');
  std::string_view rest = text.substr(negative ? 1 : 0);
  if (rest.empty() || !is_digit(rest[0])) return std::nullopt;
  std::int64_t whole = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), whole);
  if (failure != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.empty()) return scale_time(whole, 0, negative);
  if (rest[0] == 'e' || rest[0] == 'E') return parse_scientific(text);
  if (!take(rest, '.')) return negative ? std::nullopt : parse_iso8601(text);
  if (rest.empty()) return scale_time(whole, 0, negative);
  const auto millionths = take_millionths(rest);
  if (!millionths) return std::nullopt;
  return rest.empty() ? scale_time(whole, *millionths, negative) : parse_scientific(text);
}

}  // namespace attune
