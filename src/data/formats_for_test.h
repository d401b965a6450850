#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace attune {

// The bytes of files of other formats, for the tests of what reads them.

std::string gzip_for_test(const std::string& bytes);
std::string zstd_for_test(const std::string& bytes);

// A table of text columns.
std::shared_ptr<arrow::Table> columns_for_test(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& columns);

// In row groups of two.
std::string parquet_for_test(const arrow::Table& table);

enum class ArrowForm { kFile, kStream };
std::string arrow_for_test(const arrow::Table& table, ArrowForm form);

// A SQLite database after these statements.
std::string sqlite_for_test(const std::string& statements);

}  // namespace attune
