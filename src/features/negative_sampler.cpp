#include "features/negative_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace attune {

NegativeSampler::NegativeSampler(std::span<const std::uint32_t> counts, double power) {
  ATTUNE_CHECK(!counts.empty() && power >= 0);
  const std::size_t items = counts.size();
  if (power == 0) {
    log_probability_.assign(items, -std::log(static_cast<double>(items)));
    return;
  }
  std::vector<double> share(items);
  for (std::size_t i = 0; i < items; ++i) share[i] = counts[i] == 0 ? 0 : std::pow(counts[i], power);
  const double total = std::accumulate(share.begin(), share.end(), 0.0);
  ATTUNE_CHECK(total > 0);
  for (double& value : share) value /= total;
  for (const double value : share) log_probability_.push_back(std::log(value));

  // Each slot holds 1 / items of the probability: a part of its own item's, filled up from one that has too much.
  keep_.assign(items, 1);
  alias_.resize(items);
  std::iota(alias_.begin(), alias_.end(), 0U);
  std::vector<std::uint32_t> poor, rich;
  for (std::size_t i = 0; i < items; ++i) {
    share[i] *= static_cast<double>(items);
    (share[i] < 1 ? poor : rich).push_back(static_cast<std::uint32_t>(i));
  }
  while (!poor.empty() && !rich.empty()) {
    const std::uint32_t needy = poor.back(), giver = rich.back();
    poor.pop_back();
    keep_[needy] = share[needy];
    alias_[needy] = giver;
    share[giver] -= 1 - share[needy];
    if (share[giver] >= 1) continue;
    rich.pop_back();
    poor.push_back(giver);
  }
  // Rounding may leave an item that nobody fills up; one that must never be drawn gives its slot away whole.
  for (const std::uint32_t left : poor) {
    if (counts[left] != 0) continue;
    keep_[left] = 0;
    alias_[left] = static_cast<std::uint32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  }
}

}  // namespace attune
