#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attention/arena.h"
#include "attention/network_config.h"
#include "attention/parameters.h"
#include "attention/relative_bias.h"
#include "attention/shapes.h"
#include "base/matrix_view.h"
#include "kernels/attention.h"

namespace attune {

// What all blocks read of a piece of work, beside the activations.
template <class T>
struct BlockContext {
  const Tokens& tokens;
  std::span<const std::uint8_t* const> buckets;  // of each sequence's pairs; empty without a time bias
  DropoutKey dropout;
  const T* parameters = nullptr;
};

// The mask of one place in the network (below 256), for these tokens in this step.
inline kernels::DropoutMask dropout_at(const DropoutKey& key, std::size_t place, std::uint64_t part = 0) {
  if (key.rate <= 0) return {};
  return kernels::dropout_mask(key.rate, key.seed, (key.stream + part) << 8 | place);
}

// Causal multi-head attention over jagged sequences, between the projections: of queries, keys and values [T, D], of
// which head h owns D / H columns, the mixed values [T, D] (equations S2 and S6). Softmax scaled by 1 / sqrt(D / H), or
// for HSTU the point-wise SiLU divided by max_history.
template <class T>
class MultiHead {
 public:
  struct Tape {
    BasicMatrixView<const T> query, key, value;
    std::vector<T*> kept;  // by sequence and head
    BasicMatrixView<T> output;
  };
  struct Gradients {
    BasicMatrixView<T> query, key, value;  // set, not added to
  };

  MultiHead(ParameterList& list, const std::string& name, const NetworkConfig& config, std::size_t dropout_place);

  // Fills tape.output from tape.query, tape.key and tape.value.
  void forward(const BlockContext<T>& context, Tape& tape, Arena<T>& arena) const;
  // The same for queries [B, D] of each sequence's last token alone: tape.output is [B, D]. The context must drop
  // nothing.
  void last(const BlockContext<T>& context, Tape& tape, Arena<T>& arena) const;
  void backward(const BlockContext<T>& context, const Tape& tape, BasicMatrixView<const T> d_output,
                const Gradients& to, T* gradients, Arena<T>& arena) const;

 private:
  // Of the head's columns of some queries.
  kernels::AttentionInputs<T> inputs(const BlockContext<T>& context, const Tape& tape, BasicMatrixView<const T> query,
                                     std::size_t sequence, std::size_t head, BasicMatrixView<const T> bias) const;
  // Of the sequence's last `queries` tokens; empty without a bias.
  BasicMatrixView<T> bias_of(const BlockContext<T>& context, std::size_t sequence, std::size_t queries,
                             Arena<T>& arena) const;
  kernels::AttentionShape shape(std::size_t length) const { return {length, length, head_width_, head_width_}; }

  NetworkConfig config_;
  std::size_t head_width_;
  std::size_t dropout_place_;
  RelativeBias<T> bias_;
};

extern template class MultiHead<float>;
extern template class MultiHead<double>;

}  // namespace attune
