#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/catalogue.h"
#include "data/id_map.h"

namespace attune {

// One Arrow IPC file of a dataset, mapped and checked: one record batch, no missing values, offsets and texts valid.
// Columns are views into the mapping, which lasts as long as any copy of keep_alive(). Everything that is wrong with a
// file is thrown as Error(kCorrupt) naming file and column.
class MappedTable {
 public:
  // Length and hash are those that the manifest gives; the file is read once to compare them.
  static MappedTable open(const std::filesystem::path& path, std::uint64_t bytes, const std::string& xxh128);

  std::size_t rows() const noexcept;
  bool contains(const std::string& name) const;
  std::shared_ptr<const void> keep_alive() const { return state_; }

  // A required column of exactly that type.
  std::span<const std::uint32_t> uint32s(const std::string& name) const;
  std::span<const std::uint64_t> uint64s(const std::string& name) const;
  std::span<const float> floats(const std::string& name) const;
  std::span<const std::int64_t> timestamps(const std::string& name) const;  // microseconds, UTC
  StringsView strings(const std::string& name) const;

  // Flags packed into bits, the first in the lowest bit of the first byte.
  std::span<const std::uint8_t> bits(const std::string& name) const;

  struct Typed {
    std::vector<Column> columns;
    std::optional<std::size_t> title_column;
  };
  // All columns that carry a kind, in the file's order.
  Typed typed_columns() const;

  [[noreturn]] void fail(const std::string& column, const std::string& what) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace attune
