#include "data/vector_column.h"

#include <limits>
#include <utility>

#include "base/error.h"
#include "data/column_inference.h"
#include "storage/hash.h"

namespace attune {

VectorFile open_vectors(const std::filesystem::path& path, const std::string& role, std::size_t table_rows) {
  VectorFile file{path.stem().string(), NpyArray::open(path), {}};
  if (file.values.rows() != table_rows || file.values.columns() == 0) {
    throw Error(ErrorKind::kBadInput, path.string(), ": ", file.values.rows(), " x ", file.values.columns(),
                " numbers; expected a row for each of the ", table_rows, " rows of the table before it (--", role,
                "). Rows that are skipped there count as missing: correct them, or leave this file out.");
  }
  const MappedFile bytes = MappedFile::open(path);
  file.source = {role, path.filename().string(), bytes.bytes().size(), hash_hex(bytes.bytes())};
  return file;
}

void add_vectors(const VectorFile& file, std::span<const std::uint32_t> rows, OwnedTable& table,
                 std::vector<std::string>& notes) {
  std::vector<std::string> taken;
  for (const OwnedColumn& column : table.columns) taken.push_back(column.name);
  OwnedColumn column{.name = free_column_name(file.name, taken),
                     .kind = ColumnKind::kVector,
                     .strings = {},
                     .list_offsets = {},
                     .numbers = {}};
  column.width = file.values.columns();
  column.vectors.assign(rows.size() * column.width, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row] == kNoRow) continue;
    file.values.read_row(rows[row], std::span(column.vectors).subspan(row * column.width, column.width));
  }
  notes.push_back(file.source.role + ": " + file.source.name + ": " + column.name + " = vector of " +
                  std::to_string(column.width));
  table.columns.push_back(std::move(column));
}

}  // namespace attune
