#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace attune::sample {

// Ways to draw that use exact arithmetic alone (no mathematical library, whose last bits differ between machines), so
// that a seed gives the same shop everywhere.

// Near-normal with mean 0 and standard deviation 1: the sum of four uniform numbers, scaled.
inline double bell(Rng& rng) {
  double sum = -2;
  for (int i = 0; i < 4; ++i) sum += rng.uniform();
  return sum * 1.7320508075688772;
}

inline bool chance(int percent, Rng& rng) { return rng.below(100) < static_cast<std::uint64_t>(percent); }

template <class Container>
const auto& any_of(const Container& from, Rng& rng) {
  return from[rng.below(from.size())];
}

template <class T>
void shuffle(std::vector<T>& values, Rng& rng) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
}

// An index with a chance proportional to its weight; weights are >= 0 and not all 0.
inline std::size_t weighted(std::span<const double> weights, Rng& rng) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double left = rng.uniform() * sum;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

// Numbers drawn by weight in logarithmic time.
class WeightedList {
 public:
  void add(std::size_t value, double weight) {
    values_.push_back(value);
    sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight);
  }
  bool empty() const { return values_.empty(); }
  std::size_t draw(Rng& rng) const {
    const auto found = std::ranges::upper_bound(sums_, rng.uniform() * sums_.back());
    return values_[std::min(static_cast<std::size_t>(found - sums_.begin()), values_.size() - 1)];
  }

 private:
  std::vector<std::size_t> values_;
  std::vector<double> sums_;
};

}  // namespace attune::sample
