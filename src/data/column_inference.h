#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/catalogue.h"
#include "data/column_names.h"
#include "data/dataset_writer.h"
#include "data/id_map.h"

namespace attune {

// What a column of a table is, judged by its name and all its values.
struct InferredKind {
  ColumnKind kind = ColumnKind::kText;
  std::string separator;  // kList, kVector: what stands between the values
  std::size_t width = 0;  // kVector: how many values there are
};

// What is known of a column beside its values.
struct ColumnHints {
  bool is_title = false;
  bool is_list = false;  // the source holds lists, with kListSeparator between the values
};

// Lists of the source are kVector when they are numbers, and as many in each, else kList. Titles are kText. All values
// (those that are not empty) are numbers: kNumber, but kCategory when the name is that of a code (occupation, zip), and
// neither when one has a leading zero, for 007 is no quantity. ISO 8601 dates: kDate. Names of pictures or videos, by
// their extensions: kPath. Else kList when a tenth of the values hold '|', half of them a path like "a > b", or when
// the name's type says so and the parts recur; else kCategory when each value stands for two rows or more on average,
// or the name says so; else kText.
InferredKind infer_kind(StringsView values, const ColumnName& name, const ColumnHints& hints);

// The kind that --column-type gives: "category", "list" with a separator of its own as in "list:;", "vector" … Throws
// Error(kUsage) naming `where` when there is no such kind or a value is not of it.
InferredKind forced_kind(StringsView values, const std::string& type, const ColumnHints& hints,
                         const std::string& where);

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// The column as a dataset keeps it: row r takes values[rows[r]], or is missing where that is kNoRow.
OwnedColumn build_column(std::string name, const InferredKind& kind, StringsView values,
                         std::span<const std::uint32_t> rows);

}  // namespace attune
