#pragma once

#include <cstddef>
#include <cstdint>

namespace attune {

// Seeded random numbers that are the same on every machine and compiler, which those of <random> are not: xoshiro256**
// (Blackman and Vigna, 2018), its state filled by SplitMix64. Not for cryptography. Not thread-safe: give each task an
// Rng of its own with `stream`.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) noexcept;

  std::uint64_t next() noexcept;

  // Uniform in [0, n), without bias (Lemire, 2019); n > 0.
  std::uint64_t below(std::uint64_t n) noexcept;

  // Uniform in [0, 1), 53 bits.
  double uniform() noexcept;

  // Standard normal, by the polar method of Marsaglia.
  double normal() noexcept;

  // An independent generator, the same for the same seed and number whatever was drawn before.
  Rng stream(std::uint64_t number) const noexcept;

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace attune
