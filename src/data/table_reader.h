#pragma once

#include <cstdint>
#include <span>
#include <string>
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
  std::vector<ColumnName>
      names;  // of the columns other than the identifier's, in the file's order, renamed by --columns
  std::vector<Strings> columns;  // a value for each of ids
};

// What the log calls its identifiers, when it has a header: the table's column of the same name is then its identifier
// too.
struct TableReading {
  LogRole of = LogRole::kItem;
  std::string id_name_in_log;      // normalised; "" when unknown
  std::vector<std::string> notes;  // what was found out, a line each
};

// Reads all of a table. The identifier's column is that of --columns id=…, else the one with the log's name, else the
// one that is named like an identifier, else the first. A second row with an identifier is a bad row.
TextTable read_table(RowSource& source, BadRows& bad_rows, TableReading& reading);

// How to look at the first lines of a table.
HeaderHints table_header_hints();

// The table's columns with their kinds, for dataset rows that are the table's rows[r] or kNoRow. Only items have
// titles.
OwnedTable type_table(const Input& input, const TextTable& table, std::span<const std::uint32_t> rows,
                      TableReading& reading);

}  // namespace attune
