#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace attune {

enum class UserIndex : std::uint32_t {};  // row of a dataset's user table
enum class ItemRow : std::uint32_t {};    // row of a dataset's item table
enum class ItemIndex : std::uint32_t {};  // item of a model, whose items are those it may have met in training

inline constexpr ItemIndex kNoItem{std::numeric_limits<std::uint32_t>::max()};

constexpr std::size_t to_size(UserIndex i) { return static_cast<std::size_t>(i); }
constexpr std::size_t to_size(ItemRow i) { return static_cast<std::size_t>(i); }
constexpr std::size_t to_size(ItemIndex i) { return static_cast<std::size_t>(i); }

enum class Timestamp : std::int64_t {};  // microseconds since 1970-01-01T00:00:00Z

// Part of one user's events, oldest first; events at the same time keep the order of the log. A view: what it was made
// from must outlive it. Columns that the log lacks are empty; a missing rating is NaN.
template <class Item>
struct BasicHistory {
  std::span<const Item> items;
  std::span<const float> ratings;
  std::span<const Timestamp> times;

  std::size_t size() const { return items.size(); }
  bool empty() const { return items.empty(); }

  BasicHistory slice(std::size_t first, std::size_t last) const {
    return {items.subspan(first, last - first), ratings.empty() ? ratings : ratings.subspan(first, last - first),
            times.empty() ? times : times.subspan(first, last - first)};
  }
  BasicHistory newest(std::size_t n) const { return slice(size() - std::min(n, size()), size()); }
};

using History = BasicHistory<ItemIndex>;      // what models read
using LoggedHistory = BasicHistory<ItemRow>;  // what a dataset holds

}  // namespace attune
