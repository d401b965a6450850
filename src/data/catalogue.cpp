#include "data/catalogue.h"

namespace attune {

std::string_view column_kind_name(ColumnKind kind) noexcept {
  switch (kind) {
    case ColumnKind::kText:
      return "text";
    case ColumnKind::kCategory:
      return "category";
    case ColumnKind::kList:
      return "list";
    case ColumnKind::kNumber:
      return "number";
    case ColumnKind::kDate:
      return "date";
    case ColumnKind::kPath:
      return "path";
    case ColumnKind::kVector:
      return "vector";
  }
  return "unknown";
}

std::optional<ColumnKind> find_column_kind(std::string_view name) noexcept {
  for (const ColumnKind kind : kColumnKinds) {
    if (column_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

const Column* Catalogue::find(std::string_view name) const {
  for (const Column& column : columns_) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

std::string_view Catalogue::title(std::size_t row) const {
  if (!title_column_) return {};
  return columns_[*title_column_].strings[row];
}

}  // namespace attune
