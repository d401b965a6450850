#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/dataset_writer.h"
#include "storage/npy.h"

namespace attune {

// A .npy matrix whose row r belongs to row r of a catalogue or user table: vectors that were made elsewhere.
struct VectorFile {
  std::string name;  // the file's, without its extension
  NpyArray values;
  Source source;
};

// Throws Error(kBadInput) when it has another number of rows than the table, or no columns.
VectorFile open_vectors(const std::filesystem::path& path, const std::string& role, std::size_t table_rows);

// Adds the column, with the file's rows in the rows of the dataset; kNoRow: none.
void add_vectors(const VectorFile& file, std::span<const std::uint32_t> rows, OwnedTable& table,
                 std::vector<std::string>& notes);

}  // namespace attune
