#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "attention/arena.h"
#include "attention/feed_forward.h"
#include "attention/linear.h"
#include "attention/multi_head.h"
#include "attention/network_config.h"
#include "attention/norm.h"
#include "attention/parameters.h"

namespace attune {

// What a block's forward leaves for its backward; a kind of block uses what it needs.
template <class T>
struct BlockTape {
  BasicMatrixView<const T> x;
  typename Norm<T>::Tape norm1, norm2;
  BasicMatrixView<T> projected;  // HSTU: before its activation
  typename MultiHead<T>::Tape attention;
  BasicMatrixView<T> mixed;  // what attention adds, after its last projection (and dropout)
  BasicMatrixView<T> gate1, gate2;
  BasicMatrixView<T> middle;  // after attention, before the feed-forward layer
  typename FeedForward<T>::Tape feed_forward;
  BasicMatrixView<T> y;
};

// Of the tokens' rows, each sequence's last: [B, columns].
template <class T>
BasicMatrixView<T> last_rows(const Tokens& tokens, BasicMatrixView<const T> x, Arena<T>& arena) {
  const BasicMatrixView<T> rows = arena.matrix(tokens.sequences(), x.columns);
  for (std::size_t b = 0; b < rows.rows; ++b) {
    std::ranges::copy(x.row(tokens.offsets[b + 1] - 1), rows.row(b).begin());
  }
  return rows;
}

// One block of a network: x [T, D] to y [T, D]. Thread-safe between calls of pack().
template <class T>
class Block {
 public:
  virtual ~Block() = default;

  // Takes the parameters up; to be called whenever they have changed.
  virtual void pack(const T* parameters, kernels::Products products) = 0;

  // Fills the tape; tape.y is the result.
  virtual void forward(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                       Arena<T>& arena) const = 0;

  // The rows of y of each sequence's last token alone, [B, D], as tape.y; what forward would give, up to rounding.
  // The context must drop nothing, and no backward may follow.
  virtual void last(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                    Arena<T>& arena) const = 0;

  // Given dy, sets dx, which may not be dy, and adds to `gradients`. Spoils dy and the tape.
  virtual void backward(const BlockContext<T>& context, BlockTape<T>& tape, BasicMatrixView<T> dy,
                        BasicMatrixView<T> dx, T* gradients, Arena<T>& arena) const = 0;
};

// Block number `number` of a network.
template <class T>
std::unique_ptr<Block<T>> make_block(ParameterList& list, std::size_t number, const NetworkConfig& config);

extern template std::unique_ptr<Block<float>> make_block(ParameterList&, std::size_t, const NetworkConfig&);
extern template std::unique_ptr<Block<double>> make_block(ParameterList&, std::size_t, const NetworkConfig&);

}  // namespace attune
