#include "data/id_numbering.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "data/row_table.h"

namespace attune {

RowTable table_of(StringsView ids, std::size_t room) {
  RowTable table(room);
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const std::string_view id = ids[row];
    std::uint32_t* const place = table.locate(id_hash(id), [&](std::uint32_t other) { return ids[other] == id; });
    if (*place == RowTable::kFree) *place = static_cast<std::uint32_t>(row);
  }
  return table;
}

struct IdNumbering::State {
  Strings ids;
  std::vector<ShortId> short_ids;  // for each of `ids`; to compare with them needs one look at memory instead of two
  RowTable table{512};

  std::uint32_t add(std::string_view id, const ShortId& key, std::uint64_t hash);
};

IdNumbering::IdNumbering() : state_(std::make_unique<State>()) {}
IdNumbering::~IdNumbering() = default;
IdNumbering::IdNumbering(IdNumbering&&) noexcept = default;
IdNumbering& IdNumbering::operator=(IdNumbering&&) noexcept = default;

std::uint32_t IdNumbering::add(std::string_view id) {
  const ShortId key(id);
  return state_->add(id, key, id_hash(key, id));
}

void IdNumbering::add_rows(StringsView texts, std::span<const std::uint32_t> rows,
                           std::vector<std::uint32_t>& numbers) {
  constexpr std::size_t kGroup = 32;  // as many look-ups are under way at once
  State& state = *state_;
  std::array<std::uint64_t, kGroup> hashes;
  std::array<ShortId, kGroup> keys;
  for (std::size_t first = 0; first < rows.size(); first += kGroup) {
    const std::size_t count = std::min(kGroup, rows.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view text = texts[rows[first + i]];
      keys[i] = ShortId(text);
      hashes[i] = id_hash(keys[i], text);
      state.table.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t row = state.table.likely_row(hashes[i]);
      if (row != RowTable::kFree) __builtin_prefetch(&state.short_ids[row]);
    }
    for (std::size_t i = 0; i < count; ++i) {  // long ones are compared byte by byte
      const std::uint32_t row = keys[i].is_long() ? state.table.likely_row(hashes[i]) : RowTable::kFree;
      if (row != RowTable::kFree) __builtin_prefetch(&state.ids.offsets[row]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t row = keys[i].is_long() ? state.table.likely_row(hashes[i]) : RowTable::kFree;
      if (row != RowTable::kFree) __builtin_prefetch(state.ids.bytes.data() + state.ids.offsets[row]);
    }
    for (std::size_t i = 0; i < count; ++i) numbers.push_back(state.add(texts[rows[first + i]], keys[i], hashes[i]));
  }
}

std::uint32_t IdNumbering::State::add(std::string_view id, const ShortId& key, std::uint64_t hash) {
  const StringsView known = ids.view();
  std::uint32_t* const place = table.locate(
      hash, [&](std::uint32_t row) { return short_ids[row] == key && (!key.is_long() || known[row] == id); });
  if (*place != RowTable::kFree) return *place;
  const std::size_t row = ids.size();
  if (row >= RowTable::kFree - 1) {
    throw Error(ErrorKind::kBadInput, "More than ", row,
                " different identifiers of one kind; a dataset numbers them with 32 ", "bits. Split the log.");
  }
  *place = static_cast<std::uint32_t>(row);
  ids.push_back(id);
  short_ids.push_back(key);
  if (table.full(row + 1)) table = table_of(ids.view(), 2 * (row + 1));
  return static_cast<std::uint32_t>(row);
}

std::optional<std::uint32_t> IdNumbering::find(std::string_view id) const {
  const StringsView ids = state_->ids.view();
  return state_->table.find(id, [&](std::uint32_t row) { return ids[row]; });
}

std::size_t IdNumbering::size() const noexcept { return state_->ids.size(); }
const Strings& IdNumbering::ids() const noexcept { return state_->ids; }
Strings IdNumbering::release() && { return std::move(state_->ids); }

}  // namespace attune
