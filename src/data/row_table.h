#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/aligned_buffer.h"
#include "data/id_hash.h"
#include "data/id_map.h"

namespace attune {

// Row numbers by text, open addressing with linear steps. Part of the hash lies beside the row, so that a text is
// compared only when it is most likely the one.
class RowTable {
 public:
  // Room for `rows` rows at a load of at most one half.
  explicit RowTable(std::size_t rows) {
    std::size_t size = 16;
    while (size < 2 * rows) size *= 2;
    slots_ = AlignedBuffer<Slot>(size);
    std::ranges::fill(slots_.span(), Slot{});
  }

  bool full(std::size_t rows) const { return 2 * rows >= slots_.size(); }

  // Asks for the memory that locate() will look at first.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  // The row that is most likely found there; kFree when there is none.
  std::uint32_t likely_row(std::uint64_t hash) const { return slots_[hash & (slots_.size() - 1)].row; }

  // The row of which `is_it` says that it holds the text of this hash, or the slot where that belongs.
  template <class IsIt>
  std::uint32_t* locate(std::uint64_t hash, const IsIt& is_it) {
    const std::size_t mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots_[i];
      if (slot.row == kFree) {
        slot.tag = tag;
        return &slot.row;
      }
      if (slot.tag == tag && is_it(slot.row)) return &slot.row;
    }
  }

  template <class TextOf>
  std::optional<std::uint32_t> find(std::string_view text, const TextOf& text_of) const {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t hash = id_hash(text);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = hash & mask; slots_[i].row != kFree; i = (i + 1) & mask) {
      if (slots_[i].tag == tag && text_of(slots_[i].row) == text) return slots_[i].row;
    }
    return std::nullopt;
  }

  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t row = kFree;
  };
  AlignedBuffer<Slot> slots_;  // of huge pages: look-ups go anywhere in it
};

// The rows of distinct texts; of equal ones the first.
RowTable table_of(StringsView ids, std::size_t room);

}  // namespace attune
