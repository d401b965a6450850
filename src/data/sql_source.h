#pragma once

#include <memory>
#include <string_view>

#include "data/row_source.h"

namespace attune {

// Whether the path is the address of a database: postgresql://… or postgres://….
bool is_database_address(std::string_view path) noexcept;

// Whether the bytes begin like a SQLite database.
bool is_sqlite(std::string_view bytes) noexcept;

// The rows of a query (--query), streamed, as text; a record is a row of the result, from 1. The database is a SQLite
// file or a PostgreSQL address, and is only read. Throws Error(kUsage) without a query, Error(kBadInput) with the
// database's words when it refuses the address or the query.
std::unique_ptr<RowSource> open_sql(Input input);

}  // namespace attune
