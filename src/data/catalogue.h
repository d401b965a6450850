#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/id_map.h"

namespace attune {

// What a column of a catalogue or of a user table holds, which decides what features come of it.
enum class ColumnKind {
  kText,      // words: titles, descriptions
  kCategory,  // one of few values
  kList,      // several of few values: genres
  kNumber,    // NaN where missing
  kDate,      // a time, kNoDate where missing
  kPath,      // where a picture or a video lies, as the catalogue spells it
  kVector,    // numbers of the same count for each row, NaN where missing
};
inline constexpr ColumnKind kColumnKinds[] = {ColumnKind::kText,   ColumnKind::kCategory, ColumnKind::kList,
                                              ColumnKind::kNumber, ColumnKind::kDate,     ColumnKind::kPath,
                                              ColumnKind::kVector};
inline constexpr std::int64_t kNoDate = std::numeric_limits<std::int64_t>::min();

// "text", "category", "list", "number", "date", "path", "vector".
std::string_view column_kind_name(ColumnKind) noexcept;
std::optional<ColumnKind> find_column_kind(std::string_view name) noexcept;

// A column by rows. A view. A missing text, category or path is "", a missing list is empty.
struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  StringsView strings;  // kText, kCategory, kPath: a row each; kList: the lists' values one behind the other
  std::span<const std::int64_t> list_offsets;  // kList: row r is strings[list_offsets[r] .. list_offsets[r + 1])
  std::span<const double> numbers;             // kNumber
  std::span<const std::int64_t> dates = {};    // kDate: microseconds since 1970 in UTC
  std::span<const float> vectors = {};         // kVector: row r is vectors[r * width .. (r + 1) * width)
  std::size_t width = 0;                       // kVector
};

// Typed columns about items or users, a row each. A view on a Dataset, which must outlive it.
class Catalogue {
 public:
  Catalogue() = default;
  Catalogue(std::size_t rows, std::vector<Column> columns, std::optional<std::size_t> title_column)
      : rows_(rows), columns_(std::move(columns)), title_column_(title_column) {}

  std::size_t rows() const noexcept { return rows_; }
  std::span<const Column> columns() const noexcept { return columns_; }
  const Column* find(std::string_view name) const;

  // The row's title, or "" when it has none or there is no title column.
  std::string_view title(std::size_t row) const;
  const std::optional<std::size_t>& title_column() const noexcept { return title_column_; }

 private:
  std::size_t rows_ = 0;
  std::vector<Column> columns_;
  std::optional<std::size_t> title_column_;
};

}  // namespace attune
