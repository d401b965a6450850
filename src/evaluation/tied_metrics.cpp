#include "evaluation/tied_metrics.h"

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace attune {
namespace {

// Targets that share a score: `targets` of the `equal` items behind `better` others.
struct Group {
  std::size_t better = 0;
  std::size_t equal = 0;
  std::size_t targets = 0;
};

std::vector<Group> groups_of(std::span<const TiedPlace> places) {
  std::vector<TiedPlace> ranked;
  for (const TiedPlace& place : places) {
    if (place.equal > 0) ranked.push_back(place);
  }
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.better < b.better; });
  std::vector<Group> groups;
  for (const TiedPlace& place : ranked) {
    if (groups.empty() || groups.back().better != place.better) groups.push_back({place.better, place.equal, 0});
    ++groups.back().targets;
    ATTUNE_CHECK(groups.back().equal == place.equal && groups.back().targets <= place.equal);
  }
  return groups;
}

struct Sums {
  double hit = 0, hits = 0, gain = 0, first = 0, precision = 0;
};

// Adds what a group's first `places` places are expected to hold; `before` targets stand in front of the group.
void add_group(const Group& group, std::size_t places, std::size_t before, Sums& sums) {
  const auto equal = static_cast<double>(group.equal), targets = static_cast<double>(group.targets);
  const double share = targets / equal;                                     // of a place being a target's
  const double others = group.equal > 1 ? (targets - 1) / (equal - 1) : 0;  // of another one, given that
  double first_here = share;  // the probability that the group's first target is at place j
  for (std::size_t j = 1; j <= places; ++j) {
    const auto rank = static_cast<double>(group.better + j), step = static_cast<double>(j);
    sums.hits += share;
    sums.gain += share * rank_discount(group.better + j);
    sums.precision += share * (static_cast<double>(before) + 1 + others * (step - 1)) / rank;
    if (before == 0) {
      sums.hit += first_here;
      sums.first += first_here / rank;
      if (group.equal > j) first_here *= std::max(0.0, (equal - step - targets + 1) / (equal - step));
    }
  }
}

void set_metrics(std::span<const Group> groups, std::size_t all_targets, std::size_t c, UserMetrics& metrics) {
  const std::size_t k = kCutoffs[c], reachable = std::min(k, all_targets);
  Sums sums;
  std::size_t before = 0;
  for (const Group& group : groups) {
    if (group.better >= k) break;
    add_group(group, std::min(group.equal, k - group.better), before, sums);
    before += group.targets;
  }
  metrics.hit_rate[c] = std::min(1.0, sums.hit);
  metrics.recall[c] = sums.hits / static_cast<double>(all_targets);
  metrics.precision[c] = sums.hits / static_cast<double>(k);
  metrics.ndcg[c] = sums.gain / largest_gain(reachable);
  metrics.mrr[c] = sums.first;
  metrics.map[c] = sums.precision / static_cast<double>(reachable);
}

}  // namespace

UserMetrics expected_metrics(std::span<const TiedPlace> places) {
  ATTUNE_CHECK(!places.empty());
  const std::vector<Group> groups = groups_of(places);
  UserMetrics metrics;
  for (std::size_t c = 0; c < kCutoffs.size(); ++c) set_metrics(groups, places.size(), c, metrics);
  return metrics;
}

}  // namespace attune
