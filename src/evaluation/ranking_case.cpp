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

// Distinct items by row, each with the time of its first event.
std::vector<Target> distinct_targets(const LoggedHistory& part) {
  std::vector<Target> targets(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    targets[i].row = part.items[i];
    if (!part.times.empty()) targets[i].time = part.times[i];
  }
  std::stable_sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.row < b.row; });
  const auto same = [](const Target& a, const Target& b) { return a.row == b.row; };
  targets.erase(std::unique(targets.begin(), targets.end(), same), targets.end());
  return targets;
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

PartOfHistory part_of_history(const Dataset& dataset, const Split& split, UserIndex user, Part part) {
  const TargetRange range = target_range(dataset, split, user, part);
  const LoggedHistory all = dataset.history(user);
  return {all.slice(0, range.begin), all.slice(range.begin, range.end)};
}

RankingCase ranking_case(const Dataset& dataset, const Split& split, UserIndex user, Part part, Seen seen,
                         const ItemTranslation& translation) {
  const PartOfHistory events = part_of_history(dataset, split, user, part);
  RankingCase found;
  found.history = translation.translate(events.before);
  if (!events.part.times.empty()) found.begins = events.part.times.front();
  const std::vector<ItemRow> before = seen == Seen::kExclude ? distinct(events.before.items) : std::vector<ItemRow>();
  for (Target& target : distinct_targets(events.part)) {
    if (std::binary_search(before.begin(), before.end(), target.row)) {
      ++found.repeated;
    } else {
      target.item = translation[target.row];
      found.targets.push_back(target);
    }
  }
  return found;
}

}  // namespace attune
