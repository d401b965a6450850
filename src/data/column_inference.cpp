#include "data/column_inference.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "data/field_values.h"

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

struct Traits {
  std::size_t filled = 0;
  std::size_t distinct = 0;
  std::size_t with_bars = 0;
  std::size_t with_paths = 0;
  bool numbers = true;
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
    distinct.add(value);
  }
  traits.distinct = distinct.size();
  return traits;
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

}  // namespace

InferredKind infer_kind(StringsView values, const ColumnName& name, bool is_title) {
  if (is_title) return {};
  const Traits traits = survey(values);
  if (traits.filled == 0) return {};
  if (traits.numbers) return {ColumnKind::kNumber, ""};
  if (10 * traits.with_bars >= traits.filled) return {ColumnKind::kList, "|"};
  if (2 * traits.with_paths >= traits.filled) return {ColumnKind::kList, std::string(kPathSeparator)};
  if (name.type == NamedType::kTokenSequence) {
    return words_recur(values) ? InferredKind{ColumnKind::kList, " "} : InferredKind{};
  }
  if (name.type == NamedType::kToken || 2 * traits.distinct <= traits.filled) return {ColumnKind::kCategory, ""};
  return {};
}

OwnedColumn build_column(std::string name, const InferredKind& kind, StringsView values,
                         std::span<const std::uint32_t> rows) {
  OwnedColumn column{.name = std::move(name), .kind = kind.kind, .strings = {}, .list_offsets = {}, .numbers = {}};
  if (kind.kind == ColumnKind::kList) column.list_offsets.push_back(0);
  for (const std::uint32_t row : rows) {
    const std::string_view value = row == kNoRow ? std::string_view() : values[row];
    if (kind.kind == ColumnKind::kNumber) {
      column.numbers.push_back(parse_number(value).value_or(std::numeric_limits<double>::quiet_NaN()));
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
