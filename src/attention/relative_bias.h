#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "attention/arena.h"
#include "attention/network_config.h"
#include "attention/parameters.h"
#include "attention/shapes.h"

namespace attune {

// Time differences in buckets that grow by a factor of e^0.301 (HSTU, Zhai et al., 2024, section 3.2): bucket 0 up to a
// second, the last one from some fifty million years on. Negative differences count as their amount.
inline constexpr std::size_t kTimeBuckets = 128;
std::size_t time_bucket(double seconds);

// What the logits of attention learn of distance: for query i and key j <= i of one sequence
//
//   bias(i, j) = position[i - j] + time[bucket(query_time_i - time_j)]                            (equation S6)
//
// the same for all heads of a block. Distances of max_history and more share the last position. A block without either
// has no bias at all.
template <class T>
class RelativeBias {
 public:
  RelativeBias(ParameterList& list, const std::string& name, const NetworkConfig& config);

  bool any() const { return position_bias_ || time_bias_; }

  // The buckets of all pairs of a sequence, [L, L], those with j <= i; null without a time bias. The same for all
  // blocks: a network computes them once.
  static const std::uint8_t* buckets(const Tokens& tokens, std::size_t sequence, Arena<std::uint8_t>& arena);

  // The last rows of the bias [L, L], as many as `bias` has: those with j <= i.
  void forward(std::size_t length, const std::uint8_t* buckets, const T* parameters, BasicMatrixView<T> bias) const;

  // Adds to `gradients` what d_logits [L, L] says, of which those with j <= i are read.
  void backward(std::size_t length, const std::uint8_t* buckets, BasicMatrixView<const T> d_logits, T* gradients) const;

 private:
  bool position_bias_, time_bias_;
  std::size_t distances_ = 0;
  std::size_t position_ = 0, time_ = 0;
};

extern template class RelativeBias<float>;
extern template class RelativeBias<double>;

}  // namespace attune
