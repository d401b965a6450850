#include "evaluation/outside_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/check.h"
#include "base/error.h"
#include "storage/utf8.h"

namespace attune {
namespace {

std::string like(const IdMap& ids, std::string_view id) {
  std::string text;
  for (const std::string& near : ids.nearest(id, 3))
    text += (text.empty() ? ". Like it are '" : ", '") + excerpt(near) + "'";
  return text;
}

}  // namespace

std::optional<std::string> OutsideRun::add(std::string_view user, std::string_view item, double value) {
  const auto user_row = dataset_.user_ids().find(user);
  if (!user_row) return "the dataset has no user '" + excerpt(user) + "'" + like(dataset_.user_ids(), user);
  const auto index = items_.ids.find(item);
  if (!index) {
    if (!dataset_.item_ids().find(item)) {
      return "the dataset has no item '" + excerpt(item) + "'" + like(dataset_.item_ids(), item);
    }
    return "item '" + excerpt(item) +
           "' occurs after the training part only, and in no catalogue: whoever ranks it has seen events that were "
           "held "
           "out";
  }
  if (!std::isfinite(value)) return "the rank or score is no finite number";
  rows_.push_back(
      {static_cast<UserIndex>(*user_row), static_cast<ItemIndex>(*index), order_ == Order::kRank ? -value : value});
  return std::nullopt;
}

void OutsideRun::finish(std::string_view where) {
  ATTUNE_CHECK(offsets_.size() == 1);
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return std::tie(a.user, a.item) < std::tie(b.user, b.item); });
  const auto again = std::adjacent_find(
      rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.user == b.user && a.item == b.item; });
  if (again != rows_.end()) {
    throw Error(ErrorKind::kBadInput, where, ": user '", excerpt(dataset_.user_ids()[to_size(again->user)]),
                "' has item '", excerpt(items_.id(again->item)), "' twice; expected each item once a user.");
  }
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const Row& a, const Row& b) { return a.user != b.user ? a.user < b.user : a.value > b.value; });
  offsets_.resize(dataset_.users() + 1);
  for (std::size_t r = 0, u = 0; u < dataset_.users(); ++u) {
    while (r < rows_.size() && to_size(rows_[r].user) == u) ++r;
    offsets_[u + 1] = r;
  }
}

std::size_t OutsideRun::users() const {
  std::size_t count = 0;
  for (std::size_t u = 0; u + 1 < offsets_.size(); ++u) count += offsets_[u + 1] > offsets_[u] ? 1 : 0;
  return count;
}

// A float does not hold every double apart, so that scores become places: 0 for the best, equal for equal values.
ScoreUsers OutsideRun::scores() const {
  ATTUNE_CHECK(offsets_.size() == dataset_.users() + 1);
  return [this](std::span<const UserIndex> users, std::span<const Query>, MutableMatrixView scores) {
    for (std::size_t q = 0; q < users.size(); ++q) {
      const std::span<float> row = scores.row(q);
      std::ranges::fill(row, -std::numeric_limits<float>::infinity());
      float place = 0;
      const std::size_t first = offsets_[to_size(users[q])], last = offsets_[to_size(users[q]) + 1];
      for (std::size_t r = first; r < last; ++r) {
        if (r > first && rows_[r].value != rows_[r - 1].value) --place;
        row[to_size(rows_[r].item)] = place;
      }
    }
  };
}

}  // namespace attune
