#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace attune {

// The letters of shapes, the same everywhere:
//   B sequences in a batch      T tokens (events) of all of them      L events of one history
//   D width of the network      H attention heads, each D / H wide    V items
//
// Batches are jagged: the tokens of B sequences lie one after the other, [T, D], and nothing is padded.

// A few whole sequences, as the layers read them. A view.
struct Tokens {
  std::span<const std::uint32_t> offsets;    // B + 1; sequence b is tokens [offsets[b], offsets[b + 1])
  std::span<const std::uint32_t> items;      // T; rows of the item table
  std::span<const std::uint32_t> positions;  // T; rows of the position table
  // T each: seconds of the event, and the instant at which what comes next is asked for. Empty without a time bias.
  std::span<const double> times;
  std::span<const double> query_times;

  std::size_t sequences() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::size_t size() const { return items.size(); }
  std::size_t begin(std::size_t b) const { return offsets[b]; }
  std::size_t length(std::size_t b) const { return offsets[b + 1] - offsets[b]; }
};

// What the masks of dropout are functions of, beside the place in the network and the element: training is repeatable
// for any number of threads. With rate 0 nothing is dropped.
struct DropoutKey {
  double rate = 0;
  std::uint64_t seed = 0;    // of this step
  std::uint64_t stream = 0;  // of these tokens within the step; the low 8 bits are free for the place in the network
};

}  // namespace attune
