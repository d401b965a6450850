#pragma once

#include <cstdint>
#include <span>

#include "evaluation/metrics.h"

namespace attune {

// Where a target stands when equal scores are not told apart: behind `better` items, in one place with `equal` (itself
// counted). `equal` is 0 for a target that is not ranked among the first kRankMax in any order of the ties.
struct TiedPlace {
  std::uint32_t better = 0;
  std::uint32_t equal = 0;

  bool tied() const { return equal > 1; }
};

// The expected metrics of one user over all orders of items of equal score, each as likely as any other (McSherry and
// Najork, 2008); docs/mathematics.md, equations 15 to 19. `places` has an entry a target and is not empty. Without ties
// these are user_metrics of the ranks.
UserMetrics expected_metrics(std::span<const TiedPlace> places);

}  // namespace attune
