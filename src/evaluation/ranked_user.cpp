#include "evaluation/ranked_user.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/top_k.h"

namespace attune {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

using Entries = std::vector<kernels::TopK<float>::Entry>;

// Where ties begin and how long they are, by place in the list of the best. The last score of a full list may go on
// behind it, so that is counted over the whole catalogue.
std::vector<TiedPlace> tied_places(const Entries& best, std::span<const float> scores) {
  std::vector<TiedPlace> places(best.size());
  for (std::size_t begin = 0; begin < best.size();) {
    std::size_t end = begin + 1;
    while (end < best.size() && best[end].value == best[begin].value) ++end;
    std::size_t equal = end - begin;
    if (end == kRankMax) equal = static_cast<std::size_t>(std::ranges::count(scores, best[begin].value));
    for (std::size_t i = begin; i < end; ++i) {
      places[i] = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(equal)};
    }
    begin = end;
  }
  return places;
}

}  // namespace

// No metric looks beyond the last cutoff, so the list of the best items until there holds all ranks that matter, and it
// costs one pass over the scores however many targets there are.
RankedUser rank_user(UserIndex user, const RankingCase& asked, std::span<float> scores, Seen seen) {
  for (const float score : scores) ATTUNE_CHECK(score < std::numeric_limits<float>::infinity());  // nor NaN
  if (seen == Seen::kExclude) {
    for (const ItemIndex item : asked.history.items) scores[to_size(item)] = kNever;
  }
  kernels::TopK<float> top(kRankMax);
  top.offer(scores, 0);
  const Entries best = top.take();
  const std::vector<TiedPlace> places = tied_places(best, scores);

  RankedUser ranked;
  ranked.user = user;
  ranked.history = asked.history.items.size();
  ranked.targets = asked.targets;
  ranked.ranks.assign(asked.targets.size(), kNoRank);
  ranked.places.resize(asked.targets.size());
  for (std::size_t t = 0; t < asked.targets.size(); ++t) {
    const ItemIndex item = asked.targets[t].item;
    if (item == kNoItem) continue;
    const auto found = std::ranges::find(best, item, [](const auto& entry) { return ItemIndex{entry.index}; });
    if (found != best.end()) {
      const auto place = static_cast<std::size_t>(found - best.begin());
      ranked.ranks[t] = static_cast<std::uint32_t>(place) + 1;
      ranked.places[t] = places[place];
    } else if (best.size() == kRankMax && scores[to_size(item)] == best.back().value) {
      ranked.places[t] = places.back();
    }
  }
  ranked.metrics = user_metrics(ranked.ranks);
  ranked.listed = std::min(best.size(), RankedUser::kListed);
  for (std::size_t i = 0; i < ranked.listed; ++i) ranked.best[i] = ItemIndex{best[i].index};
  return ranked;
}

void describe_list(const ItemGenres& genres, const RankingCase& asked, RankedUser& ranked) {
  if (genres.empty()) return;
  ranked.diversity = list_diversity(genres, ranked.list());
  ranked.miscalibration = miscalibration(genres, asked.history.items, ranked.list());
}

}  // namespace attune
