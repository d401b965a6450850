#include "evaluation/ranking_case.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"

namespace attune {
namespace {

// Events [begin, end) of a user are the targets, [0, begin) the history.
struct TargetRange {
  std::size_t begin;
  std::size_t end;
};

TargetRange target_range(const Dataset& dataset, const Split& split, UserIndex user, Part part) {
  const UserSplit& cuts = split.users[to_size(user)];
  const auto offsets = dataset.offsets();
  const auto size = static_cast<std::size_t>(offsets[to_size(user) + 1] - offsets[to_size(user)]);
  ATTUNE_CHECK(cuts.train_end <= cuts.valid_begin && cuts.valid_begin <= cuts.valid_end);
  ATTUNE_CHECK(cuts.valid_end <= cuts.test_begin && cuts.test_begin <= size);
  return part == Part::kValid ? TargetRange{cuts.valid_begin, cuts.valid_end} : TargetRange{cuts.test_begin, size};
}

std::vector<ItemRow> distinct(std::span<const ItemRow> items) {
  std::vector<ItemRow> rows(items.begin(), items.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

}  // namespace

std::vector<UserIndex> users_of_part(const Dataset& dataset, const Split& split, Part part) {
  std::vector<UserIndex> users;
  for (std::size_t u = 0; u < dataset.users(); ++u) {
    const auto user = static_cast<UserIndex>(u);
    const TargetRange range = target_range(dataset, split, user, part);
    if (range.end > range.begin) users.push_back(user);
  }
  return users;
}

RankingCase ranking_case(const Dataset& dataset, const Split& split, UserIndex user, Part part, Seen seen,
                         const ItemTranslation& translation) {
  const TargetRange range = target_range(dataset, split, user, part);
  const LoggedHistory all = dataset.history(user), history = all.slice(0, range.begin);
  RankingCase found;
  found.history = translation.translate(history);
  const std::vector<ItemRow> before = seen == Seen::kExclude ? distinct(history.items) : std::vector<ItemRow>();
  for (const ItemRow row : distinct(all.slice(range.begin, range.end).items)) {
    if (std::binary_search(before.begin(), before.end(), row)) {
      ++found.repeated;
    } else if (const ItemIndex item = translation[row]; item == kNoItem) {
      ++found.unreachable;
    } else {
      found.targets.push_back(item);
    }
  }
  return found;
}

}  // namespace attune
