#include "data/dataset_for_test.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "data/dataset_writer.h"
#include "data/field_values.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

void append_list(std::string_view text, OwnedColumn& column) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('|'), text.size());
    column.strings.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  column.list_offsets.push_back(static_cast<std::int64_t>(column.strings.size()));
}

void append_value(const std::string& value, OwnedColumn& column) {
  switch (column.kind) {
    case ColumnKind::kText:
    case ColumnKind::kCategory:
    case ColumnKind::kPath:
      column.strings.push_back(value);
      break;
    case ColumnKind::kList:
      append_list(value, column);
      break;
    case ColumnKind::kNumber:
      column.numbers.push_back(value.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(value));
      break;
    case ColumnKind::kDate:
      column.dates.push_back(value.empty() ? kNoDate : parse_time(value).value().microseconds);
      break;
    case ColumnKind::kVector:
      column.width = 1;
      column.vectors.push_back(value.empty() ? std::numeric_limits<float>::quiet_NaN() : std::stof(value));
      break;
  }
}

// The table's columns in the rows of `ids`; rows that it does not have are missing.
OwnedTable owned_table(const TableForTest& table, const Strings& ids) {
  IdMapBuilder rows;
  for (const std::string& id : table.ids) rows.add(id);
  ATTUNE_CHECK(rows.size() == table.ids.size());
  OwnedTable owned;
  for (const ColumnForTest& source : table.columns) {
    ATTUNE_CHECK(source.values.size() == table.ids.size());
    OwnedColumn column{.name = source.name, .kind = source.kind, .strings = {}, .list_offsets = {}, .numbers = {}};
    if (source.kind == ColumnKind::kList) column.list_offsets.push_back(0);
    for (std::size_t row = 0; row < ids.size(); ++row) {
      const auto found = rows.find(ids.view()[row]);
      append_value(found ? source.values[*found] : std::string(), column);
    }
    const bool text = source.kind == ColumnKind::kText;
    if (text && (!owned.title_column || source.name == "title")) owned.title_column = owned.columns.size();
    owned.columns.push_back(std::move(column));
  }
  return owned;
}

void add_events(const std::vector<EventForTest>& events, IdMapBuilder& users, IdMapBuilder& items,
                DatasetContent& content) {
  content.has_times = !events.empty() && events.front().seconds.has_value();
  for (const EventForTest& event : events) content.has_ratings |= event.rating.has_value();
  for (const EventForTest& event : events) {
    content.events.users.push_back(users.add(event.user));
    content.events.items.push_back(items.add(event.item));
    if (content.has_ratings)
      content.events.ratings.push_back(event.rating.value_or(std::numeric_limits<float>::quiet_NaN()));
    ATTUNE_CHECK(event.seconds.has_value() == content.has_times);
    if (content.has_times) content.events.times.push_back(*event.seconds * 1'000'000);
  }
}

}  // namespace

Dataset dataset_for_test(const std::vector<EventForTest>& events, const TableForTest& catalogue,
                         const TableForTest& user_table) {
  DatasetContent content;
  IdMapBuilder users, items;
  add_events(events, users, items, content);
  for (const std::string& id : catalogue.ids) {
    const std::uint32_t row = items.add(id);
    content.in_catalogue.resize(items.size(), 0);
    content.in_catalogue[row] = 1;
  }
  content.in_catalogue.resize(items.size(), 0);
  content.user_ids = std::move(users).release();
  content.item_ids = std::move(items).release();
  content.item_table = owned_table(catalogue, content.item_ids);
  content.user_table = owned_table(user_table, content.user_ids);
  content.user_table.title_column.reset();

  const TestFolder folder;
  write_dataset(std::move(content), folder / "dataset");
  return Dataset::open(folder / "dataset");
}

}  // namespace attune
