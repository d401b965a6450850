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

// What is read of a source into a table.
struct Plan {
  std::size_t id = 0;
  std::vector<std::size_t> columns;  // by column of the table: that of the source
  bool gather = false;               // the rows are events: all values of an identifier make lists
};

class TableRowReader {
 public:
  TableRowReader(RowSource& source, const Plan& plan, BadRows& bad_rows, TextTable& table)
      : source_(source),
        plan_(plan),
        id_column_(describe_column(source.layout(), plan.id)),
        bad_rows_(bad_rows),
        table_(table),
        rows_before_(table.ids.size()),
        gathered_(table.columns.size()) {}

  void run() {
    RowBatch batch;
    while (source_.next(batch)) {
      batch.for_each([&](std::size_t row, std::uint64_t record) { take(batch, row, record); },
                     [&](const RowFault& fault) { refuse(fault.reason, fault.record, [&] { return fault.found; }); });
    }
    if (plan_.gather) write_gathered();
  }

 private:
  void take(const RowBatch& batch, std::size_t row, std::uint64_t record) {
    const std::string_view id = batch.columns[0].text[row];
    if (id.empty()) {
      return refuse(BadReason::kEmptyId, record, [&] { return id_column_ + " is empty; expected an identifier."; });
    }
    const auto before = table_.ids.find(id);
    if (before && (!plan_.gather || *before < rows_before_)) {
      return refuse(BadReason::kRepeatedId, record, [&] {
        const std::string first =
            *before < rows_before_ ? "a file before it" : source_.place(records_[*before - rows_before_]);
        return id_column_ + " holds \"" + excerpt(id) + "\", which " + first +
               " holds already; expected each identifier once.";
      });
    }
    const std::uint32_t number = table_.ids.add(id);
    if (!before) records_.push_back(record);
    for (std::size_t c = 0; c < table_.columns.size(); ++c) {
      const std::string_view value = batch.columns[c + 1].text[row];
      if (plan_.gather) {
        gather(c, number, value);
      } else {
        table_.columns[c].push_back(value);
      }
    }
  }

  // Each value of an identifier once, in the order of the source.
  void gather(std::size_t column, std::uint32_t number, std::string_view value) {
    std::vector<std::string>& lists = gathered_[column].lists;
    lists.resize(table_.ids.size() - rows_before_);
    if (value.empty()) return;
    const std::size_t known = gathered_[column].met.size();
    gathered_[column].met.add(std::to_string(number) + kListSeparator + std::string(value));
    if (gathered_[column].met.size() == known) return;
    std::string& list = lists[number - rows_before_];
    if (!list.empty()) list += kListSeparator;
    list += value;
  }

  void write_gathered() {
    for (std::size_t c = 0; c < gathered_.size(); ++c) {
      for (const std::string& list : gathered_[c].lists) table_.columns[c].push_back(list);
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

  struct Gathered {
    std::vector<std::string> lists;  // by row of this source
    IdMapBuilder met;
  };

  RowSource& source_;
  const Plan& plan_;
  std::string id_column_;
  BadRows& bad_rows_;
  TextTable& table_;
  std::size_t rows_before_;
  std::vector<std::uint64_t> records_;  // by row of this source
  std::vector<Gathered> gathered_;
};

// Whether the rows say what users did with items, and which columns say more than the identifiers.
bool is_event_table(const SourceLayout& layout, std::size_t id, LogRole of, std::vector<std::size_t>& more) {
  const LogRole other = of == LogRole::kItem ? LogRole::kUser : LogRole::kItem;
  const auto other_column = find_role(other, layout.names);
  if (!layout.named || !other_column || other_column == id) return false;
  // The title of a film may be called "movie" where its identifier is "id".
  if (find_role(of, layout.names) != id) return false;
  const auto rating = find_role(LogRole::kRating, layout.names), time = find_role(LogRole::kTimestamp, layout.names);
  for (std::size_t c = 0; c < layout.columns(); ++c) {
    if (c != id && c != other_column && c != rating && c != time) more.push_back(c);
  }
  return true;
}

void name_columns(const SourceLayout& layout, const Plan& plan, TextTable& table) {
  for (const std::size_t c : plan.columns) {
    table.names.push_back(layout.names[c]);
    table.is_list.push_back(plan.gather || layout.forms[c] == SourceForm::kLists);
  }
  table.columns.resize(table.names.size());
}

// The columns of a further file of the same table, by name.
void match_columns(const Input& input, const SourceLayout& layout, const TextTable& table, Plan& plan) {
  plan.columns.clear();
  for (const ColumnName& name : table.names) {
    const auto has_name = [&](const ColumnName& own) { return own.name == name.name; };
    const auto found = std::find_if(layout.names.begin(), layout.names.end(), has_name);
    if (found == layout.names.end()) {
      throw Error(ErrorKind::kBadInput, input.place(), ": has no column '", excerpt(name.name),
                  "', unlike the file before it; the columns are ", list_names(layout.names), ". Pass the files under ",
                  "--", input.role, " each to join them by identifier.");
    }
    plan.columns.push_back(static_cast<std::size_t>(found - layout.names.begin()));
  }
}

std::string describe_kind(const InferredKind& kind) {
  std::string text(column_kind_name(kind.kind));
  const bool apart = kind.kind == ColumnKind::kList && kind.separator != std::string(1, kListSeparator);
  if (kind.kind == ColumnKind::kVector) text += " of " + std::to_string(kind.width);
  return apart ? text + " between " + describe_delimiter(kind.separator) : text;
}

// The type that --column-type gives the column, by its name, alone or behind the table's ("items.genres").
std::optional<std::string> given_type(ColumnTypes& types, const std::string& role, const std::string& name) {
  std::optional<std::string> found;
  types.used.resize(types.given.size());
  for (std::size_t t = 0; t < types.given.size(); ++t) {
    if (types.given[t].first != name && types.given[t].first != role + "." + name) continue;
    types.used[t] = true;
    found = types.given[t].second;
  }
  return found;
}

// The table and the column that is named like a title, if any is.
std::optional<std::pair<std::size_t, std::size_t>> find_title(std::span<const PlacedTable> tables) {
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (const auto column = find_title_column(tables[t].table->names)) return std::pair(t, *column);
  }
  return std::nullopt;
}

}  // namespace

HeaderHints table_header_hints() {
  return {.reads_like_header = reads_like_table_header, .holds_values = [](std::size_t) { return true; }};
}

void read_table(RowSource& source, BadRows& bad_rows, TableReading& reading, TextTable& table) {
  SourceLayout layout = source.layout();
  Plan plan;
  plan.id = apply_options(source.input(), layout, reading);
  plan.gather = is_event_table(layout, plan.id, reading.of, plan.columns);
  for (std::size_t c = 0; !plan.gather && c < layout.columns(); ++c) {
    if (c != plan.id) plan.columns.push_back(c);
  }
  if (table.where.empty()) {
    table.where = source.input().role + ": " + source.input().name();
    name_columns(layout, plan, table);
  } else {
    match_columns(source.input(), layout, table, plan);
  }
  std::vector<Selection> selection{{plan.id, true}};
  for (const std::size_t c : plan.columns) selection.push_back({c, true});
  reading.notes.push_back(source.input().role + ": " + source.input().name() + ": " + layout.described +
                          ", identifier = " + describe_column(source.layout(), plan.id) +
                          (plan.gather ? ", a row an event: the values of an identifier become lists" : ""));
  source.select(std::move(selection));
  TableRowReader(source, plan, bad_rows, table).run();
}

OwnedTable type_tables(std::span<const PlacedTable> tables, ColumnTypes& types, TableReading& reading) {
  const bool items = reading.of == LogRole::kItem;
  const std::string role = items ? "items" : "users";
  const auto title = items ? find_title(tables) : std::nullopt;
  OwnedTable typed;
  std::vector<std::string> taken;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const TextTable& table = *tables[t].table;
    std::string kinds;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string name = free_column_name(table.names[c].name.empty() ? "column" : table.names[c].name, taken);
      const ColumnHints hints{.is_title = title == std::pair(t, c), .is_list = table.is_list[c] != 0};
      const auto given = given_type(types, role, name);
      const StringsView values = table.columns[c].view();
      const InferredKind kind = given ? forced_kind(values, *given, hints, "--column-type " + name + "=")
                                      : infer_kind(values, table.names[c], hints);
      const bool text = kind.kind == ColumnKind::kText || (hints.is_title && kind.kind == ColumnKind::kCategory);
      const bool is_title = items && text && !typed.title_column && (hints.is_title || !title);
      if (is_title) typed.title_column = typed.columns.size();
      kinds +=
          (kinds.empty() ? " " : ", ") + excerpt(name) + " = " + describe_kind(kind) + (is_title ? " (the title)" : "");
      typed.columns.push_back(build_column(name, kind, values, tables[t].rows));
      taken.push_back(name);
    }
    reading.notes.push_back((tables.size() == 1 ? role : table.where) +
                            ": columns:" + (kinds.empty() ? " none but the identifier" : kinds));
  }
  return typed;
}

}  // namespace attune
