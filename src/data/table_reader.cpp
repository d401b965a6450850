#include "data/table_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "data/column_inference.h"
#include "data/delimited_reader.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr char kIdRole[] = "id";

HeaderHints table_header_hints() {
  return {.reads_like_header = reads_like_table_header, .holds_values = [](std::size_t) { return true; }};
}

std::optional<std::size_t> column_by_name_in_log(const TextLayout& layout, const std::string& normal) {
  if (normal.empty()) return std::nullopt;
  for (std::size_t c = 0; c < layout.columns(); ++c) {
    if (layout.names[c].normal == normal) return c;
  }
  return std::nullopt;
}

// The identifier's column. Renames in `layout` the columns that --columns gives other names.
std::size_t apply_options(const TextFile& file, TextLayout& layout, const TableReading& reading) {
  std::optional<std::size_t> id;
  std::vector<std::pair<std::size_t, ColumnName>> renamed;
  for (const auto& [role, column] : file.options().columns) {
    const std::size_t found = find_column(file, layout, column);
    const bool is_id = role == kIdRole;
    const bool again =
        std::any_of(renamed.begin(), renamed.end(), [&](const auto& entry) { return entry.first == found; });
    if (is_id ? id.has_value() : again) {
      throw Error(ErrorKind::kUsage, file.flag("columns"), ": ",
                  is_id ? "'id' is given twice" : "a column is named twice", " (", excerpt(role), "=", excerpt(column),
                  "). Give it once.");
    }
    if (is_id) id = found;
    if (!is_id) renamed.emplace_back(found, parse_column_name(role));
  }
  if (!id) id = column_by_name_in_log(layout, reading.id_name_in_log);
  if (!id && layout.header) id = find_id_column(layout.names, reading.of);
  for (auto& [column, name] : renamed) {
    if (name.type == NamedType::kNone) name.type = layout.names[column].type;
    layout.names[column] = std::move(name);
  }
  return id.value_or(0);
}

class TableRowReader {
 public:
  TableRowReader(DelimitedReader& reader, std::string id_column, BadRows& bad_rows, TextTable& table)
      : reader_(reader), id_column_(std::move(id_column)), bad_rows_(bad_rows), table_(table) {}

  void operator()(std::span<const StringsView> fields, std::size_t row, std::uint64_t record) {
    const std::string_view id = fields[0][row];
    if (id.empty()) {
      return bad_rows_.add(
          [&] { return reader_.place(record) + ": " + id_column_ + " is empty; expected an identifier."; });
    }
    if (const auto before = table_.ids.find(id)) {
      return bad_rows_.add([&] {
        const std::string first = reader_.place(records_[*before]);
        return reader_.place(record) + ": " + id_column_ + " holds \"" + excerpt(id) + "\", which " + first +
               " holds already; expected each identifier once.";
      });
    }
    table_.ids.add(id);
    records_.push_back(record);
    for (std::size_t c = 0; c < table_.columns.size(); ++c) table_.columns[c].push_back(fields[c + 1][row]);
  }

 private:
  DelimitedReader& reader_;
  std::string id_column_;
  BadRows& bad_rows_;
  TextTable& table_;
  std::vector<std::uint64_t> records_;  // by row of the table
};

std::string describe_kind(const InferredKind& kind) {
  std::string text(column_kind_name(kind.kind));
  return kind.kind == ColumnKind::kList ? text + " between " + describe_delimiter(kind.separator) : text;
}

}  // namespace

TextTable read_table(const TextFile& file, BadRows& bad_rows, TableReading& reading) {
  TextLayout layout = find_layout(file, table_header_hints());
  const std::string first_names = layout.header ? "a header" : "no header";
  const std::size_t id = apply_options(file, layout, reading);
  TextTable table;
  std::vector<std::size_t> read{id};
  for (std::size_t c = 0; c < layout.columns(); ++c) {
    if (c == id) continue;
    read.push_back(c);
    table.names.push_back(layout.names[c]);
  }
  table.columns.resize(table.names.size());
  reading.notes.push_back(file.role() + ": " + file.name() + ": delimited by " +
                          describe_delimiter(layout.dialect.delimiter) + ", " + first_names +
                          ", identifier = " + describe_column(layout, id));
  DelimitedReader reader(file, layout, read, bad_rows);
  TableRowReader rows(reader, describe_column(layout, id), bad_rows, table);
  reader.for_each_row(
      [&](std::span<const StringsView> fields, std::size_t row, std::uint64_t record) { rows(fields, row, record); });
  return table;
}

OwnedTable type_table(const TextFile& file, const TextTable& table, std::span<const std::uint32_t> rows,
                      TableReading& reading) {
  std::optional<std::size_t> title;
  if (reading.of == LogRole::kItem) title = find_title_column(table.names);
  OwnedTable typed;
  std::vector<std::string> taken;
  std::string kinds;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string wanted = table.names[c].name.empty() ? "column" : table.names[c].name;
    const std::string name = free_column_name(wanted, taken);
    const InferredKind kind = infer_kind(table.columns[c].view(), table.names[c], title == c);
    if (reading.of == LogRole::kItem && !title && kind.kind == ColumnKind::kText) title = c;
    kinds +=
        (kinds.empty() ? " " : ", ") + excerpt(name) + " = " + describe_kind(kind) + (title == c ? " (the title)" : "");
    typed.columns.push_back(build_column(name, kind, table.columns[c].view(), rows));
    taken.push_back(name);
  }
  typed.title_column = title;
  reading.notes.push_back(file.role() + ": columns:" + (kinds.empty() ? " none but the identifier" : kinds));
  return typed;
}

}  // namespace attune
