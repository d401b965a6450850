#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "data/id_map.h"

namespace attune {

// Numbers identifiers by first appearance, as IdMapBuilder does, and many at once: for logs. Not thread-safe.
class IdNumbering {
 public:
  IdNumbering();
  ~IdNumbering();
  IdNumbering(IdNumbering&&) noexcept;
  IdNumbering& operator=(IdNumbering&&) noexcept;

  // The number of `id`, a new one if it has not been met. Throws Error(kBadInput) beyond 2^32 - 2 identifiers.
  std::uint32_t add(std::string_view id);

  // Adds texts[row] for each of `rows` in turn and appends their numbers: as add() for each, but memory is asked for
  // ahead of its use, which for many identifiers is several times faster.
  void add_rows(StringsView texts, std::span<const std::uint32_t> rows, std::vector<std::uint32_t>& numbers);

  std::optional<std::uint32_t> find(std::string_view id) const;
  std::size_t size() const noexcept;
  const Strings& ids() const noexcept;
  Strings release() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
