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
  std::string separator;  // kList: what stands between the values
};

// All values (those that are not empty) are numbers: kNumber, but not when one has a leading zero, for a code like 007
// is no quantity. Else kList when a tenth of them hold '|', half of them a path like "a > b", or when the name's type
// says so and the parts recur; else kCategory when each value stands for two rows or more on average, or the name's
// type is a token; else kText. Titles (by `is_title`) are always kText.
InferredKind infer_kind(StringsView values, const ColumnName& name, bool is_title);

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// The column as a dataset keeps it: row r takes values[rows[r]], or is missing where that is kNoRow.
OwnedColumn build_column(std::string name, const InferredKind& kind, StringsView values,
                         std::span<const std::uint32_t> rows);

}  // namespace attune
