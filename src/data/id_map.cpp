#include "data/id_map.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/id_numbering.h"
#include "data/row_table.h"

namespace attune {
namespace {

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
  IdNumbering numbering;
};

IdMapBuilder::IdMapBuilder() : state_(std::make_unique<State>()) {}
IdMapBuilder::~IdMapBuilder() = default;
IdMapBuilder::IdMapBuilder(IdMapBuilder&&) noexcept = default;

std::uint32_t IdMapBuilder::add(std::string_view id) { return state_->numbering.add(id); }
std::optional<std::uint32_t> IdMapBuilder::find(std::string_view id) const { return state_->numbering.find(id); }
std::size_t IdMapBuilder::size() const noexcept { return state_->numbering.size(); }
const Strings& IdMapBuilder::ids() const noexcept { return state_->numbering.ids(); }
Strings IdMapBuilder::release() && { return std::move(state_->numbering).release(); }

}  // namespace attune
