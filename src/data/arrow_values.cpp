#include "data/arrow_values.h"

#include <arrow/api.h>

#include <charconv>
#include <chrono>
#include <limits>

namespace attune {
namespace {

using arrow::Type;

constexpr std::int64_t kMicrosecondsADay = 86'400'000'000;

template <class Number>
void append_number(Number number, std::string& text) {
  char digits[64];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class Array>
auto value_of(const arrow::Array& array, std::int64_t row) {
  return static_cast<const Array&>(array).Value(row);
}

// Calls visit with the number at a row, in its own type; false when the array holds no numbers.
template <class Visit>
bool visit_number(const arrow::Array& array, std::int64_t row, const Visit& visit) {
  switch (array.type_id()) {
    case Type::INT8:
      return visit(static_cast<std::int64_t>(value_of<arrow::Int8Array>(array, row))), true;
    case Type::INT16:
      return visit(static_cast<std::int64_t>(value_of<arrow::Int16Array>(array, row))), true;
    case Type::INT32:
      return visit(static_cast<std::int64_t>(value_of<arrow::Int32Array>(array, row))), true;
    case Type::INT64:
      return visit(value_of<arrow::Int64Array>(array, row)), true;
    case Type::UINT8:
      return visit(static_cast<std::uint64_t>(value_of<arrow::UInt8Array>(array, row))), true;
    case Type::UINT16:
      return visit(static_cast<std::uint64_t>(value_of<arrow::UInt16Array>(array, row))), true;
    case Type::UINT32:
      return visit(static_cast<std::uint64_t>(value_of<arrow::UInt32Array>(array, row))), true;
    case Type::UINT64:
      return visit(value_of<arrow::UInt64Array>(array, row)), true;
    case Type::FLOAT:
      return visit(value_of<arrow::FloatArray>(array, row)), true;
    case Type::DOUBLE:
      return visit(value_of<arrow::DoubleArray>(array, row)), true;
    default:
      return false;
  }
}

template <class Lists>
void append_list(const arrow::Array& array, std::int64_t row, std::string& text) {
  const auto& lists = static_cast<const Lists&>(array);
  const std::int64_t first = lists.value_offset(row), last = first + lists.value_length(row);
  for (std::int64_t v = first; v < last; ++v) {
    if (v > first) text += kListSeparator;
    append_text(*lists.values(), v, text);
  }
}

std::int64_t to_microseconds(std::int64_t value, arrow::TimeUnit::type unit) {
  std::int64_t scaled = 0;
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return __builtin_mul_overflow(value, 1'000'000, &scaled) ? kNoTime : scaled;
    case arrow::TimeUnit::MILLI:
      return __builtin_mul_overflow(value, 1'000, &scaled) ? kNoTime : scaled;
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::NANO:
      return value / 1000 - (value % 1000 < 0);
  }
  return kNoTime;
}

}  // namespace

std::optional<SourceForm> form_of(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::BOOL:
    case Type::DECIMAL128:
    case Type::DECIMAL256:
    case Type::NA:
      return SourceForm::kText;
    case Type::DICTIONARY:
      return form_of(*static_cast<const arrow::DictionaryType&>(type).value_type()) ? std::optional(SourceForm::kText)
                                                                                    : std::nullopt;
    case Type::TIMESTAMP:
    case Type::DATE32:
    case Type::DATE64:
      return SourceForm::kTimes;
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST: {
      const auto inner = form_of(*static_cast<const arrow::BaseListType&>(type).value_type());
      return inner && *inner != SourceForm::kLists ? std::optional(SourceForm::kLists) : std::nullopt;
    }
    default:
      return arrow::is_integer(type.id()) || type.id() == Type::FLOAT || type.id() == Type::DOUBLE
                 ? std::optional(SourceForm::kNumbers)
                 : std::nullopt;
  }
}

void append_text(const arrow::Array& array, std::int64_t row, std::string& text) {
  if (array.IsNull(row)) return;
  if (visit_number(array, row, [&](auto number) { append_number(number, text); })) return;
  switch (array.type_id()) {
    case Type::STRING:
      text += static_cast<const arrow::StringArray&>(array).GetView(row);
      return;
    case Type::LARGE_STRING:
      text += static_cast<const arrow::LargeStringArray&>(array).GetView(row);
      return;
    case Type::BOOL:
      text += value_of<arrow::BooleanArray>(array, row) ? "true" : "false";
      return;
    case Type::DECIMAL128:
      text += static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
      return;
    case Type::DECIMAL256:
      text += static_cast<const arrow::Decimal256Array&>(array).FormatValue(row);
      return;
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return append_text(*dictionary.dictionary(), dictionary.GetValueIndex(row), text);
    }
    case Type::LIST:
      return append_list<arrow::ListArray>(array, row, text);
    case Type::LARGE_LIST:
      return append_list<arrow::LargeListArray>(array, row, text);
    case Type::FIXED_SIZE_LIST:
      return append_list<arrow::FixedSizeListArray>(array, row, text);
    default: {
      const std::int64_t time = time_at(array, row);
      if (time != kNoTime) text += iso8601(time);
    }
  }
}

double number_at(const arrow::Array& array, std::int64_t row) {
  double value = std::numeric_limits<double>::quiet_NaN();
  if (array.IsNull(row)) return value;
  visit_number(array, row, [&](auto number) { value = static_cast<double>(number); });
  return value;
}

std::int64_t time_at(const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) return kNoTime;
  switch (array.type_id()) {
    case Type::DATE32:
      return value_of<arrow::Date32Array>(array, row) * kMicrosecondsADay;
    case Type::DATE64:
      return to_microseconds(value_of<arrow::Date64Array>(array, row), arrow::TimeUnit::MILLI);
    case Type::TIMESTAMP:
      return to_microseconds(value_of<arrow::TimestampArray>(array, row),
                             static_cast<const arrow::TimestampType&>(*array.type()).unit());
    default:
      return kNoTime;
  }
}

std::string iso8601(std::int64_t microseconds) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(microseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::int64_t rest = (time - day).count();
  char text[64];
  const auto put = [&](char* at, std::int64_t value, int width) {
    for (int d = width - 1; d >= 0; --d, value /= 10) at[d] = static_cast<char>('0' + value % 10);
    return at + width;
  };
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) return std::to_string(microseconds);
  char* at = put(text, year, 4);
  *at++ = '-';
  at = put(at, unsigned(date.month()), 2);
  *at++ = '-';
  at = put(at, unsigned(date.day()), 2);
  if (rest == 0) return {text, at};
  *at++ = 'T';
  at = put(at, rest / 3'600'000'000, 2);
  *at++ = ':';
  at = put(at, rest / 60'000'000 % 60, 2);
  *at++ = ':';
  at = put(at, rest / 1'000'000 % 60, 2);
  if (rest % 1'000'000 != 0) {
    *at++ = '.';
    at = put(at, rest % 1'000'000, 6);
  }
  *at++ = 'Z';
  return {text, at};
}

}  // namespace attune
