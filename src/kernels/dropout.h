#pragma once

#include <cstddef>
#include <cstdint>

namespace attune::kernels {

// Dropout (Srivastava et al., 2014) from a counter-based generator (Salmon et al., 2011): whether an element is kept is
// a function of (seed, stream, index of the element) alone, so that backward makes the mask of forward anew, nothing is
// stored, and neither threads nor instruction sets nor the way a call is cut change it. Not for cryptography.
// Thread-safe, noexcept, any n and alignment.
//
// The generator is a 32-bit mixer of two multiplications (lowbias32 with the constants found by hash-prospector;
// Wellons, 2018), keyed before and between them. A word serves two elements, 16 elements apart, so the probability is
// rounded to a multiple of 1 / 65536 and the scale is that of the rounded one. An index counts to 2^33, where the mask
// repeats.
struct DropoutMask {
  std::uint32_t key[2] = {0, 0};
  std::int32_t limit = INT32_MIN;  // 16 bits of a word below this drop the element
  float scale = 1;                 // 1 / (1 - probability): what a kept element is multiplied by

  bool drops() const noexcept { return limit != INT32_MIN; }
};

// probability must be in [0, 1): the caller has validated it. Give each use (step, layer, head…) a stream of its own.
DropoutMask dropout_mask(double probability, std::uint64_t seed, std::uint64_t stream) noexcept;

// Whether element `index` is kept.
bool keeps(const DropoutMask&, std::uint64_t index) noexcept;

// In place: x[i] = kept ? x[i] * scale : 0, element i having the index first + i. A dropped NaN becomes 0. Applied to a
// gradient, it is its own backward.
void dropout(const DropoutMask&, std::uint64_t first, float* x, std::size_t n) noexcept;
void dropout(const DropoutMask&, std::uint64_t first, double* x, std::size_t n) noexcept;

// y[i] += what `dropout` would make of x[i]: the end of a residual block.
void add_dropout(const DropoutMask&, std::uint64_t first, const float* x, float* y, std::size_t n) noexcept;
void add_dropout(const DropoutMask&, std::uint64_t first, const double* x, double* y, std::size_t n) noexcept;

}  // namespace attune::kernels
