#include "data/dataset_copy.h"

#include <limits>
#include <numeric>
#include <utility>

#include "data/column_inference.h"

namespace attune {
namespace {

void copy_vector(const Column& column, std::uint32_t row, std::vector<float>& vectors) {
  if (row == kNoRow) {
    vectors.resize(vectors.size() + column.width, std::numeric_limits<float>::quiet_NaN());
    return;
  }
  const auto values = column.vectors.subspan(row * column.width, column.width);
  vectors.insert(vectors.end(), values.begin(), values.end());
}

OwnedColumn copy_column(const Column& column, std::span<const std::uint32_t> rows) {
  OwnedColumn copy{.name = column.name, .kind = column.kind, .strings = {}, .list_offsets = {}, .numbers = {}};
  switch (column.kind) {
    case ColumnKind::kText:
    case ColumnKind::kCategory:
    case ColumnKind::kPath:
      copy.strings = copy_strings(column.strings, rows);
      break;
    case ColumnKind::kNumber:
      for (const std::uint32_t row : rows) {
        copy.numbers.push_back(row == kNoRow ? std::numeric_limits<double>::quiet_NaN() : column.numbers[row]);
      }
      break;
    case ColumnKind::kDate:
      for (const std::uint32_t row : rows) copy.dates.push_back(row == kNoRow ? kNoDate : column.dates[row]);
      break;
    case ColumnKind::kVector:
      copy.width = column.width;
      for (const std::uint32_t row : rows) copy_vector(column, row, copy.vectors);
      break;
    case ColumnKind::kList:
      copy.list_offsets.push_back(0);
      for (const std::uint32_t row : rows) {
        const std::int64_t first = row == kNoRow ? 0 : column.list_offsets[row];
        const std::int64_t last = row == kNoRow ? 0 : column.list_offsets[row + 1];
        for (std::int64_t i = first; i < last; ++i) copy.strings.push_back(column.strings[static_cast<std::size_t>(i)]);
        copy.list_offsets.push_back(static_cast<std::int64_t>(copy.strings.size()));
      }
      break;
  }
  return copy;
}

}  // namespace

Strings copy_strings(StringsView strings, std::span<const std::uint32_t> rows) {
  Strings copy;
  copy.offsets.reserve(rows.size() + 1);
  for (const std::uint32_t row : rows) copy.push_back(row == kNoRow ? std::string_view() : strings[row]);
  return copy;
}

OwnedTable copy_table(const Catalogue& table, std::span<const std::uint32_t> rows) {
  OwnedTable copy{.columns = {}, .title_column = table.title_column()};
  for (const Column& column : table.columns()) copy.columns.push_back(copy_column(column, rows));
  return copy;
}

void add_events(const Dataset& dataset, const Renumbering& renumbering, EventRuns& runs) {
  EventBlock block;
  for (std::uint32_t user = 0; user < dataset.users(); ++user) {
    const std::uint32_t number = renumbering.new_user[user];
    if (number == kNoRow) continue;
    const LoggedHistory history = dataset.history(UserIndex{user});
    block.users.insert(block.users.end(), history.size(), number);
    for (const ItemRow item : history.items) block.items.push_back(renumbering.new_item[to_size(item)]);
    block.ratings.insert(block.ratings.end(), history.ratings.begin(), history.ratings.end());
    for (const Timestamp time : history.times) block.times.push_back(static_cast<std::int64_t>(time));
    if (block.size() >= EventRuns::kBlockEvents) runs.add(std::exchange(block, {}));
  }
  runs.add(std::move(block));
}

std::vector<std::uint32_t> all_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

}  // namespace attune
