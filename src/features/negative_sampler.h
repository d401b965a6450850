#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace attune {

// Draws items that were not chosen, for losses that do not compare with all of them: independently, with replacement,
// with a probability that rises with an item's training events, q(i) ∝ count(i)^power (0 is uniform, 1 popularity, .75
// the custom of word2vec). By the alias method (Walker, 1977; Vose, 1991): constant time a draw. Immutable and
// thread-safe; the Rng is the caller's.
class NegativeSampler {
 public:
  // Items without a training event are drawn with power 0 alone.
  NegativeSampler(std::span<const std::uint32_t> counts, double power);

  std::uint32_t draw(Rng& rng) const {
    const auto slot = static_cast<std::size_t>(rng.below(log_probability_.size()));
    if (keep_.empty()) return static_cast<std::uint32_t>(slot);
    return rng.uniform() < keep_[slot] ? static_cast<std::uint32_t>(slot) : alias_[slot];
  }

  // log q(i), -inf for an item that is never drawn.
  double log_probability(std::uint32_t item) const { return log_probability_[item]; }
  std::size_t items() const { return log_probability_.size(); }

 private:
  std::vector<double> log_probability_;
  std::vector<double> keep_;  // empty when uniform
  std::vector<std::uint32_t> alias_;
};

}  // namespace attune
