#include "data/row_source.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "storage/utf8.h"

namespace attune {

std::string describe_column(const SourceLayout& layout, std::size_t column) {
  if (!layout.named) return "column " + std::to_string(column + 1);
  return "column '" + excerpt(layout.names[column].name) + "'";
}

std::size_t find_column(const Input& input, const SourceLayout& layout, const std::string& column) {
  const auto has_name = [&](const ColumnName& name) { return name.name == column; };
  if (layout.named) {
    const auto found = std::find_if(layout.names.begin(), layout.names.end(), has_name);
    if (found != layout.names.end()) return static_cast<std::size_t>(found - layout.names.begin());
  }
  std::size_t number = 0;
  if (is_column_number(column)) std::from_chars(column.data(), column.data() + column.size(), number);
  if (number >= 1 && number <= layout.columns()) return number - 1;
  const std::string found = layout.named ? "the columns are named " + list_names(layout.names)
                                         : "there is no header, and " + std::to_string(layout.columns()) + " columns";
  throw Error(ErrorKind::kBadInput, input.place(1), ": no column '", excerpt(column), "', which ",
              input.flag("columns"), " asks for; ", found, ". Pass one of these names",
              layout.named ? ", or a number from 1." : " as a number from 1.");
}

}  // namespace attune
