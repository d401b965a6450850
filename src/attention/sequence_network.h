#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "attention/arena.h"
#include "attention/block.h"
#include "attention/network_config.h"
#include "attention/norm.h"
#include "attention/parameters.h"
#include "attention/shapes.h"
#include "base/matrix_view.h"

namespace attune {

// Causal self-attention over histories: item vectors (and positions) go through blocks, and the hidden vector of an
// event, times the item vectors, says what comes next. Holds no weights: parameters [parameters().size()] and the item
// table [V, D] are the caller's. Equations S1 to S7.
template <class T>
class SequenceNetwork {
 public:
  explicit SequenceNetwork(const NetworkConfig& config);

  const NetworkConfig& config() const { return config_; }
  const ParameterList& parameters() const { return list_; }

  // Takes the parameters up; to be called whenever they have changed. Keeps a view on them. Between two calls the
  // network is thread-safe, each thread with a workspace of its own.
  void pack(const T* parameters, kernels::Products products = kernels::Products::kFloat);

  // What one thread's forward leaves for its backward, and the memory of both.
  struct Workspace {
    Arena<T> arena;
    Arena<std::uint8_t> bytes;
    std::vector<const std::uint8_t*> buckets;
    std::vector<BlockTape<T>> blocks;
    typename Norm<T>::Tape norm;
  };

  // The hidden vectors, [T, D], in the workspace: valid until its next use. Positions must be below max_history.
  BasicMatrixView<const T> forward(const Tokens& tokens, BasicMatrixView<const T> table, const DropoutKey& dropout,
                                   Workspace& work) const;

  // The hidden vector of each sequence's last token alone, [B, D]: what a recommendation needs. Nothing is dropped.
  BasicMatrixView<const T> encode(const Tokens& tokens, BasicMatrixView<const T> table, Workspace& work) const;

  // After forward of the same tokens: given the gradient of the hidden vectors, adds to `gradients` and returns the
  // gradient of the item vectors as they were read, [T, D] in the workspace. The caller adds its rows to the table's.
  BasicMatrixView<const T> backward(const Tokens& tokens, BasicMatrixView<const T> d_hidden, const DropoutKey& dropout,
                                    T* gradients, Workspace& work) const;

 private:
  // Makes the workspace ready for some tokens; returns what the first block reads.
  BasicMatrixView<const T> begin(const Tokens& tokens, BasicMatrixView<const T> table, const DropoutKey& dropout,
                                 Workspace& work) const;
  BasicMatrixView<T> embedded(const Tokens& tokens, BasicMatrixView<const T> table, const DropoutKey& dropout,
                              Workspace& work) const;
  BlockContext<T> context(const Tokens& tokens, const DropoutKey& dropout, const Workspace& work) const {
    return {tokens, work.buckets, dropout, values_};
  }

  NetworkConfig config_;
  ParameterList list_;
  std::size_t positions_ = 0;
  std::vector<std::unique_ptr<Block<T>>> blocks_;
  std::unique_ptr<Norm<T>> norm_;
  const T* values_ = nullptr;
};

extern template class SequenceNetwork<float>;
extern template class SequenceNetwork<double>;

}  // namespace attune
