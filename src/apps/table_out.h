#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// Tables written to files a row at a time, in memory that does not grow with their length, atomically.

enum class CellType { kText, kInteger, kFloat, kDouble };

struct OutColumn {
  std::string name;
  CellType type;
};

// Cells are added from left to right, row by row; a cell must be of its column's type or missing. Numbers are written
// with as many digits as it takes to read the same number back. Not thread-safe.
class TableOut {
 public:
  virtual ~TableOut() = default;
  virtual void add(std::string_view text) = 0;
  virtual void add(std::int64_t number) = 0;
  virtual void add(float number) = 0;   // NaN is written as missing
  virtual void add(double number) = 0;  // so here
  virtual void add_missing() = 0;
  virtual void commit() = 0;  // after whole rows
};

// Whether the first line of CSV names the columns. Parquet always does.
enum class HeaderLine { kYes, kNo };

// Fields with commas, quotes or line ends are quoted (RFC 4180).
std::unique_ptr<TableOut> csv_out(const std::filesystem::path& path, std::vector<OutColumn> columns, HeaderLine header);

std::unique_ptr<TableOut> parquet_out(const std::filesystem::path& path, std::vector<OutColumn> columns);

// The extension in lower case: ".npy", "" if there is none.
std::string extension_of(const std::filesystem::path& path);

// Throws Error(kUsage) naming `flag` unless the path ends with one of `extensions`.
void require_extension(const std::filesystem::path& path, const std::vector<std::string>& extensions,
                       std::string_view flag);

}  // namespace attune
