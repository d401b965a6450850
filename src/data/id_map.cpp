#include "data/id_map.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/id_hash.h"

namespace attune {
namespace {

// Row numbers by text, open addressing with linear steps. Part of the hash lies beside the row, so that a text is
// compared only when it is most likely the one.
class RowTable {
 public:
  // Room for `rows` rows at a load of at most one half.
  explicit RowTable(std::size_t rows) {
    std::size_t size = 16;
    while (size < 2 * rows) size *= 2;
    slots_.resize(size);
  }

  bool full(std::size_t rows) const { return 2 * rows >= slots_.size(); }

  // The row that holds `text`, or the slot where it belongs.
  template <class TextOf>
  std::uint32_t* locate(std::string_view text, std::uint64_t hash, const TextOf& text_of) {
    const std::size_t mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots_[i];
      if (slot.row == kFree) {
        slot.tag = tag;
        return &slot.row;
      }
      if (slot.tag == tag && text_of(slot.row) == text) return &slot.row;
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
  std::vector<Slot> slots_;
};

RowTable table_of(StringsView ids, std::size_t room) {
  RowTable table(room);
  const auto text_of = [&](std::uint32_t row) { return ids[row]; };
  for (std::size_t row = 0; row < ids.size(); ++row) {
    std::uint32_t* const place = table.locate(ids[row], id_hash(ids[row]), text_of);
    if (*place == RowTable::kFree) *place = static_cast<std::uint32_t>(row);
  }
  return table;
}

// Edits (insert, delete, replace a byte) that turn `a` into `b`, or limit + 1 when they are more than `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit, std::vector<std::size_t>& row) {
  const std::size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer - shorter > limit) return limit + 1;
  row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    std::size_t best = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
  }
  return std::min(row[b.size()], limit + 1);
}

}  // namespace

struct IdMap::Table {
  std::once_flag made;
  std::optional<RowTable> rows;
};

IdMap::IdMap(StringsView ids, std::shared_ptr<const void> owner)
    : ids_(ids), owner_(std::move(owner)), table_(std::make_shared<Table>()) {
  ATTUNE_CHECK(ids_.size() < RowTable::kFree);
}

IdMap IdMap::own(Strings ids) {
  auto owner = std::make_shared<const Strings>(std::move(ids));
  const StringsView view = owner->view();
  return IdMap(view, std::move(owner));
}

std::optional<std::uint32_t> IdMap::find(std::string_view id) const {
  if (table_ == nullptr) return std::nullopt;
  std::call_once(table_->made, [&] { table_->rows.emplace(table_of(ids_, ids_.size())); });
  return table_->rows->find(id, [&](std::uint32_t row) { return ids_[row]; });
}

std::vector<std::string> IdMap::nearest(std::string_view id, std::size_t n) const {
  const std::size_t limit = 1 + id.size() / 3;
  std::vector<std::pair<std::size_t, std::size_t>> found;  // edits, row
  std::vector<std::size_t> scratch;
  for (std::size_t row = 0; row < size(); ++row) {
    const std::size_t edits = edit_distance(id, ids_[row], limit, scratch);
    if (edits <= limit) found.emplace_back(edits, row);
  }
  const std::size_t count = std::min(n, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.emplace_back(ids_[found[i].second]);
  return names;
}

struct IdMapBuilder::State {
  Strings ids;
  RowTable table{512};
};

IdMapBuilder::IdMapBuilder() : state_(std::make_unique<State>()) {}
IdMapBuilder::~IdMapBuilder() = default;
IdMapBuilder::IdMapBuilder(IdMapBuilder&&) noexcept = default;

std::uint32_t IdMapBuilder::add(std::string_view id) {
  State& state = *state_;
  const auto text_of = [&](std::uint32_t row) {
    const std::int64_t first = state.ids.offsets[row];
    return std::string_view(state.ids.bytes.data() + first,
                            static_cast<std::size_t>(state.ids.offsets[row + 1] - first));
  };
  std::uint32_t* const place = state.table.locate(id, id_hash(id), text_of);
  if (*place != RowTable::kFree) return *place;
  const std::size_t row = state.ids.size();
  if (row >= RowTable::kFree - 1) {
    throw Error(ErrorKind::kBadInput, "More than ", row,
                " different identifiers of one kind; a dataset numbers them with 32 ", "bits. Split the log.");
  }
  *place = static_cast<std::uint32_t>(row);
  state.ids.push_back(id);
  if (state.table.full(row + 1)) state.table = table_of(state.ids.view(), 2 * (row + 1));
  return static_cast<std::uint32_t>(row);
}

std::optional<std::uint32_t> IdMapBuilder::find(std::string_view id) const {
  const StringsView ids = state_->ids.view();
  return state_->table.find(id, [&](std::uint32_t row) { return ids[row]; });
}

std::size_t IdMapBuilder::size() const noexcept { return state_->ids.size(); }
const Strings& IdMapBuilder::ids() const noexcept { return state_->ids; }
Strings IdMapBuilder::release() && { return std::move(state_->ids); }

}  // namespace attune
