#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "data/history.h"
#include "evaluation/item_genres.h"
#include "evaluation/metrics.h"
#include "evaluation/ranking_case.h"
#include "evaluation/tied_metrics.h"

namespace attune {

// What is kept of a user's ranking until it is summed.
struct RankedUser {
  static constexpr std::size_t kListed = 10;

  UserIndex user{};
  std::size_t history = 0;  // events before the part that the model knows the items of
  std::vector<Target> targets;
  std::vector<std::uint32_t> ranks;  // by target; kNoRank beyond kRankMax
  std::vector<TiedPlace> places;     // by target
  UserMetrics metrics;
  std::array<ItemIndex, kListed> best{};  // the top-10 list; fewer where the catalogue ends
  std::size_t listed = 0;
  double diversity = std::numeric_limits<double>::quiet_NaN();
  double miscalibration = std::numeric_limits<double>::quiet_NaN();

  std::span<const ItemIndex> list() const { return std::span(best).first(listed); }
};

// Ranks all items by `scores`, which it changes: larger first, ties by item index, -inf never, and the history's items
// neither when seen items are excluded. Stops the program on a score that is NaN or infinite. `asked` has a target.
RankedUser rank_user(UserIndex user, const RankingCase& asked, std::span<float> scores, Seen seen);

// Fills in what the list says about genres.
void describe_list(const ItemGenres& genres, const RankingCase& asked, RankedUser& ranked);

}  // namespace attune
