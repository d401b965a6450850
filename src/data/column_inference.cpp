#include "data/column_inference.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "data/field_values.h"
#include "data/row_source.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kPathSeparator = " > ";

bool is_code(std::string_view text) { return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9'; }

// Calls visit(part) for each part between separators that is not empty.
template <class Visit>
void for_each_part(std::string_view text, std::string_view separator, const Visit& visit) {
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) visit(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + separator.size());
  }
}

constexpr std::string_view kMediaExtensions[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff",
                                                 ".mp4", ".webm", ".mkv", ".avi",  ".mov", ".m4v", ".mpg", ".mpeg"};

bool is_media_path(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::string extension(text.substr(dot));
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return std::find(std::begin(kMediaExtensions), std::end(kMediaExtensions), extension) != std::end(kMediaExtensions);
}

bool is_date(std::string_view text) {
  const auto time = parse_time(text);
  return time && time->unit == TimeUnit::kIso8601;
}

struct Traits {
  std::size_t filled = 0;
  std::size_t distinct = 0;
  std::size_t with_bars = 0;
  std::size_t with_paths = 0;
  bool numbers = true, dates = true, media = true;
};

Traits survey(StringsView values) {
  Traits traits;
  IdMapBuilder distinct;
  for (std::size_t row = 0; row < values.size(); ++row) {
    const std::string_view value = values[row];
    if (value.empty()) continue;
    ++traits.filled;
    traits.with_bars += value.find('|') != std::string_view::npos;
    traits.with_paths += value.find(kPathSeparator) != std::string_view::npos;
    traits.numbers = traits.numbers && !is_code(value) && parse_number(value).has_value();
    traits.dates = traits.dates && is_date(value);
    traits.media = traits.media && is_media_path(value);
    distinct.add(value);
  }
  traits.distinct = distinct.size();
  return traits;
}

// How many numbers each value has, when they are numbers and as many in each; else 0.
std::size_t vector_width(StringsView values, std::string_view separator) {
  std::size_t width = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (values[row].empty()) continue;
    std::size_t count = 0;
    bool numbers = true;
    for_each_part(values[row], separator, [&](std::string_view part) {
      numbers = numbers && parse_number(part).has_value();
      ++count;
    });
    if (!numbers || (width != 0 && count != width)) return 0;
    width = count;
  }
  return width;
}

// Whether words recur as genres do and the words of titles do not.
bool words_recur(StringsView values) {
  IdMapBuilder distinct;
  std::size_t words = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    for_each_part(values[row], " ", [&](std::string_view word) {
      distinct.add(word);
      ++words;
    });
  }
  return words >= 4 * distinct.size();
}

void append_vector(std::string_view value, const InferredKind& kind, OwnedColumn& column) {
  column.width = kind.width;
  const std::size_t first = column.vectors.size();
  for_each_part(value, kind.separator, [&](std::string_view part) {
    column.vectors.push_back(static_cast<float>(parse_number(part).value_or(0)));
  });
  column.vectors.resize(first + kind.width, std::numeric_limits<float>::quiet_NaN());
}

}  // namespace

InferredKind infer_kind(StringsView values, const ColumnName& name, const ColumnHints& hints) {
  const std::string list_separator(hints.is_list ? 1 : 0, kListSeparator);
  if (hints.is_list) {
    const std::size_t width = vector_width(values, list_separator);
    return width > 1 ? InferredKind{ColumnKind::kVector, list_separator, width}
                     : InferredKind{ColumnKind::kList, list_separator, 0};
  }
  if (hints.is_title) return {};
  const Traits traits = survey(values);
  if (traits.filled == 0) return {};
  if (traits.numbers) return {names_a_code(name) ? ColumnKind::kCategory : ColumnKind::kNumber, "", 0};
  if (traits.dates) return {ColumnKind::kDate, "", 0};
  if (traits.media) return {ColumnKind::kPath, "", 0};
  if (name.type == NamedType::kFloatSequence) {
    const std::size_t width = vector_width(values, " ");
    if (width > 0) return {ColumnKind::kVector, " ", width};
  }
  if (10 * traits.with_bars >= traits.filled) return {ColumnKind::kList, "|", 0};
  if (2 * traits.with_paths >= traits.filled) return {ColumnKind::kList, std::string(kPathSeparator), 0};
  if (name.type == NamedType::kTokenSequence) {
    return words_recur(values) ? InferredKind{ColumnKind::kList, " ", 0} : InferredKind{};
  }
  const bool named_so = name.type == NamedType::kToken || names_a_code(name);
  if (named_so || 2 * traits.distinct <= traits.filled) return {ColumnKind::kCategory, "", 0};
  return {};
}

InferredKind forced_kind(StringsView values, const std::string& type, const ColumnHints& hints,
                         const std::string& where) {
  const std::size_t colon = type.find(':');
  const auto kind = find_column_kind(type.substr(0, colon));
  if (!kind) {
    throw Error(ErrorKind::kUsage, where, type,
                ": there is no such type; expected text, category, list, number, date, ",
                "path or vector, and for lists and vectors a separator if it is not found out: list:;");
  }
  const auto refuse = [&](std::string_view value, const char* expected) {
    throw Error(ErrorKind::kBadInput, where, type, ": the column holds \"", excerpt(value), "\"; expected ", expected,
                ". Choose another type, or correct the value.");
  };
  const auto require = [&](auto&& holds, const char* expected) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (!values[row].empty() && !holds(values[row])) refuse(values[row], expected);
    }
  };
  InferredKind forced{*kind, colon == std::string::npos ? "" : type.substr(colon + 1), 0};
  if (hints.is_list) forced.separator = std::string(1, kListSeparator);
  if (*kind == ColumnKind::kNumber) require([](auto v) { return parse_number(v).has_value(); }, "numbers");
  if (*kind == ColumnKind::kDate) require([](auto v) { return parse_time(v).has_value(); }, "dates");
  if (*kind == ColumnKind::kList && forced.separator.empty()) {
    const Traits traits = survey(values);
    forced.separator = 2 * traits.with_paths >= std::max<std::size_t>(traits.filled, 1) ? std::string(kPathSeparator)
                       : traits.with_bars > 0                                           ? "|"
                                                                                        : " ";
  }
  if (*kind == ColumnKind::kVector) {
    if (forced.separator.empty()) forced.separator = " ";
    forced.width = vector_width(values, forced.separator);
    if (forced.width == 0 && values.size() > 0) refuse(values[0], "numbers, as many in each row");
  }
  return forced;
}

OwnedColumn build_column(std::string name, const InferredKind& kind, StringsView values,
                         std::span<const std::uint32_t> rows) {
  OwnedColumn column{.name = std::move(name), .kind = kind.kind, .strings = {}, .list_offsets = {}, .numbers = {}};
  if (kind.kind == ColumnKind::kList) column.list_offsets.push_back(0);
  for (const std::uint32_t row : rows) {
    const std::string_view value = row == kNoRow ? std::string_view() : values[row];
    if (kind.kind == ColumnKind::kNumber) {
      column.numbers.push_back(parse_number(value).value_or(std::numeric_limits<double>::quiet_NaN()));
    } else if (kind.kind == ColumnKind::kDate) {
      const auto date = parse_time(value);
      column.dates.push_back(date ? date->microseconds : kNoDate);
    } else if (kind.kind == ColumnKind::kVector) {
      append_vector(value, kind, column);
    } else if (kind.kind == ColumnKind::kList) {
      for_each_part(value, kind.separator, [&](std::string_view part) { column.strings.push_back(part); });
      column.list_offsets.push_back(static_cast<std::int64_t>(column.strings.size()));
    } else {
      column.strings.push_back(value);
    }
  }
  return column;
}

}  // namespace attune
