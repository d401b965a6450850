#include "data/table_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "data/column_inference.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr char kIdRole[] = "id";

std::optional<std::size_t> column_by_name_in_log(const SourceLayout& layout, const std::string& normal) {
  if (normal.empty()) return std::nullopt;
  for (std::size_t c = 0; c < layout.columns(); ++c) {
    if (layout.names[c].normal == normal) return c;
  }
  return std::nullopt;
}

// The identifier's column. Renames in `layout` the columns that --columns gives other names.
std::size_t apply_options(const Input& input, SourceLayout& layout, const TableReading& reading) {
  std::optional<std::size_t> id;
  std::vector<std::pair<std::size_t, ColumnName>> renamed;
  for (const auto& [role, column] : input.options.columns) {
    const std::size_t found = find_column(input, layout, column);
    const bool is_id = role == kIdRole;
    const bool again =
        std::any_of(renamed.begin(), renamed.end(), [&](const auto& entry) { return entry.first == found; });
    if (is_id ? id.has_value() : again) {
      throw Error(ErrorKind::kUsage, input.flag("columns"), ": ",
                  is_id ? "'id' is given twice" : "a column is named twice", " (", excerpt(role), "=", excerpt(column),
                  "). Give it once.");
    }
    if (is_id) id = found;
    if (!is_id) renamed.emplace_back(found, parse_column_name(role));
  }
  if (!id) id = column_by_name_in_log(layout, reading.id_name_in_log);
  if (!id && layout.named) id = find_id_column(layout.names, reading.of);
  for (auto& [column, name] : renamed) {
    if (name.type == NamedType::kNone) name.type = layout.names[column].type;
    layout.names[column] = std::move(name);
  }
  return id.value_or(0);
}

class TableRowReader {
 public:
  TableRowReader(RowSource& source, std::string id_column, BadRows& bad_rows, TextTable& table)
      : source_(source), id_column_(std::move(id_column)), bad_rows_(bad_rows), table_(table) {}

  void run() {
    RowBatch batch;
    while (source_.next(batch)) {
      batch.for_each([&](std::size_t row, std::uint64_t record) { take(batch, row, record); },
                     [&](const RowFault& fault) { refuse(fault.reason, fault.record, [&] { return fault.found; }); });
    }
  }

 private:
  void take(const RowBatch& batch, std::size_t row, std::uint64_t record) {
    const std::string_view id = batch.columns[0].text[row];
    if (id.empty()) {
      return refuse(BadReason::kEmptyId, record, [&] { return id_column_ + " is empty; expected an identifier."; });
    }
    if (const auto before = table_.ids.find(id)) {
      return refuse(BadReason::kRepeatedId, record, [&] {
        return id_column_ + " holds \"" + excerpt(id) + "\", which " + source_.place(records_[*before]) +
               " holds already; expected each identifier once.";
      });
    }
    table_.ids.add(id);
    records_.push_back(record);
    for (std::size_t c = 0; c < table_.columns.size(); ++c) {
      table_.columns[c].push_back(batch.columns[c + 1].text[row]);
    }
  }

  template <class Found>
  void refuse(BadReason reason, std::uint64_t record, const Found& found) {
    bad_rows_.add(
        reason,
        [&] {
          const std::string text = found();
          return source_.place(record) + ": " + text;
        },
        [&] { return source_.record_text(record); });
  }

  RowSource& source_;
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

HeaderHints table_header_hints() {
  return {.reads_like_header = reads_like_table_header, .holds_values = [](std::size_t) { return true; }};
}

TextTable read_table(RowSource& source, BadRows& bad_rows, TableReading& reading) {
  SourceLayout layout = source.layout();
  const std::size_t id = apply_options(source.input(), layout, reading);
  TextTable table;
  std::vector<Selection> selection{{id, true}};
  for (std::size_t c = 0; c < layout.columns(); ++c) {
    if (c == id) continue;
    selection.push_back({c, true});
    table.names.push_back(layout.names[c]);
  }
  table.columns.resize(table.names.size());
  const std::string id_column = describe_column(source.layout(), id);
  reading.notes.push_back(source.input().role + ": " + source.input().name() + ": " + layout.described +
                          ", identifier = " + id_column);
  source.select(std::move(selection));
  TableRowReader(source, id_column, bad_rows, table).run();
  return table;
}

OwnedTable type_table(const Input& input, const TextTable& table, std::span<const std::uint32_t> rows,
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
  reading.notes.push_back(input.role + ": columns:" + (kinds.empty() ? " none but the identifier" : kinds));
  return typed;
}

}  // namespace attune
