#pragma once

#include <cstddef>

namespace attune {

// Where a network drops, as DropoutKey counts places: three a block, and one on the way in. Internal to this folder.
enum class DropoutPlace { kAttention = 0, kMixed = 1, kInner = 2, kFeedForward = 3 };

constexpr std::size_t kEmbeddingPlace = 0;
constexpr std::size_t place_in_block(std::size_t block, DropoutPlace place) {
  return 1 + block * 4 + static_cast<std::size_t>(place);
}

}  // namespace attune
