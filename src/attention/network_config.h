#pragma once

#include <cstddef>

namespace attune {

// How a block is built. x is its input, f the attention and then the feed-forward layer; equations S1 to S7 of
// docs/mathematics.md.
enum class BlockKind {
  kSasrec,  // x + f(x) with the norm on the query alone and on the residual path, as published (Kang and McAuley, 2018)
  kPreNorm,  // x + f(norm x)
  kGated,    // x + sigmoid(W x) * f(norm x), the gated residual of LiGR (Borisyuk et al., 2024)
  kHstu,     // one gated layer with point-wise SiLU attention (Zhai et al., 2024)
};

enum class FeedForwardKind {
  kRelu,    // W2 relu(W1 x)
  kGelu,    // W2 gelu(W1 x)
  kSwiglu,  // W2 (silu(Wg x) * W1 x)
};

enum class NormKind { kLayer, kRms };

// The shape of a network of sequence attention: all that says how many parameters there are and how they meet.
struct NetworkConfig {
  std::size_t width = 64;  // D
  std::size_t heads = 1;   // H; divides width
  std::size_t blocks = 2;
  std::size_t max_history = 200;  // L: positions that are told apart
  BlockKind block = BlockKind::kSasrec;
  FeedForwardKind feed_forward = FeedForwardKind::kRelu;
  NormKind norm = NormKind::kLayer;
  std::size_t inner = 64;      // width inside the feed-forward layer
  bool positions = true;       // a learned vector for each position is added to the items'
  bool position_bias = false;  // attention knows how many events lie between query and key,
  bool time_bias = false;      // and how much time (both learned, in the logits)
  double embedding_scale = 1;  // item vectors are multiplied by it on the way in
};

}  // namespace attune
