#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/bad_rows.h"
#include "data/column_names.h"
#include "data/dataset_writer.h"
#include "data/id_map.h"
#include "data/row_source.h"
#include "data/text_layout.h"

namespace attune {

// A catalogue or a user table as read: rows of text by identifier.
struct TextTable {
  IdMapBuilder ids;
  std::vector<ColumnName> names;  // of the columns other than the identifier's, renamed by --columns
  std::vector<Strings> columns;   // a value for each of ids
  std::vector<char> is_list;      // by column: lists with kListSeparator between the values
  std::string where;              // "items: movies.csv", for notes
};

// What the log calls its identifiers, when it has a header: the table's column of the same name is then its identifier
// too.
struct TableReading {
  LogRole of = LogRole::kItem;
  std::string id_name_in_log;      // normalised; "" when unknown
  std::vector<std::string> notes;  // what was found out, a line each
};

// How to look at the first lines of a table.
HeaderHints table_header_hints();

// Appends all rows of a source to a table, which is empty or has the same columns already. The identifier's column is
// that of --columns id=…, else the one with the log's name, else the one that is named like an identifier, else the
// first. A second row with an identifier is a bad row; but in a table of events, which names users and items both (who
// gave which tag to which film), all the values of an identifier become lists, and the other side, ratings and times
// are left out.
void read_table(RowSource& source, BadRows& bad_rows, TableReading& reading, TextTable& table);

// A table and which of its rows stands in each row of the dataset; kNoRow: none.
struct PlacedTable {
  const TextTable* table = nullptr;
  std::vector<std::uint32_t> rows;
};

// column=type pairs of --column-type; which were used is kept.
struct ColumnTypes {
  std::vector<std::pair<std::string, std::string>> given;
  std::vector<bool> used;
};

// The columns of tables side by side with their kinds, as `types` say or else as their values show. Only items have
// titles.
OwnedTable type_tables(std::span<const PlacedTable> tables, ColumnTypes& types, TableReading& reading);

}  // namespace attune
