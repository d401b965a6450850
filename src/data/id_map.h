#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// Strings one behind the other: string i is bytes [offsets[i], offsets[i + 1]). A view. The layout of Arrow's
// large_utf8, so a mapped column serves as it is.
struct StringsView {
  std::span<const std::int64_t> offsets;  // one more than there are strings, ascending; or empty for no strings
  std::span<const char> bytes;

  std::size_t size() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return {bytes.data() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
  }
};

// The same, owned and growing.
struct Strings {
  std::vector<std::int64_t> offsets{0};
  std::vector<char> bytes;

  void push_back(std::string_view text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    offsets.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  StringsView view() const { return {offsets, bytes}; }
  std::size_t size() const { return offsets.size() - 1; }
};

// Identifiers <-> row numbers. Identifiers are opaque bytes: "007" is not "7". Immutable; copies share; thread-safe.
// The table for look-ups by text is made at the first look-up, so that a mapped file opens at once.
class IdMap {
 public:
  IdMap() = default;
  // `ids` must be distinct (our own files are checked by find_duplicate where they come from outside) and stay valid as
  // long as `owner` lives.
  IdMap(StringsView ids, std::shared_ptr<const void> owner);
  static IdMap own(Strings ids);

  std::size_t size() const noexcept { return ids_.size(); }
  std::string_view operator[](std::size_t row) const { return ids_[row]; }
  std::optional<std::uint32_t> find(std::string_view id) const;
  StringsView ids() const noexcept { return ids_; }

  // Up to `n` identifiers that are like `id` (fewest edits first), for error messages.
  std::vector<std::string> nearest(std::string_view id, std::size_t n) const;

 private:
  struct Table;
  StringsView ids_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<Table> table_;
};

// Numbers identifiers by first appearance. For importers.
class IdMapBuilder {
 public:
  IdMapBuilder();
  ~IdMapBuilder();
  IdMapBuilder(IdMapBuilder&&) noexcept;

  // The number of `id`, a new one if it has not been met. Throws Error(kBadInput) beyond 2^32 - 2 identifiers.
  std::uint32_t add(std::string_view id);
  std::optional<std::uint32_t> find(std::string_view id) const;
  std::size_t size() const noexcept;
  const Strings& ids() const noexcept;
  Strings release() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
