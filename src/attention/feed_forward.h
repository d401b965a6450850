#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "attention/arena.h"
#include "attention/linear.h"
#include "attention/network_config.h"
#include "attention/parameters.h"
#include "base/matrix_view.h"
#include "kernels/dropout.h"

namespace attune {

// The feed-forward layer of a block, token by token: W2 drop(f(W1 x + b1)) + b2 with f ReLU or GELU, or SwiGLU's
// W2 drop(silu(Wg x) * W1 x) (Shazeer, 2020). x, y [T, D].
template <class T>
class FeedForward {
 public:
  struct Tape {
    BasicMatrixView<const T> x;
    BasicMatrixView<T> before;  // of the activation; SwiGLU's gate
    BasicMatrixView<T> value;   // SwiGLU's other factor
    BasicMatrixView<T> hidden;  // what W2 meets
    kernels::DropoutMask mask;
    BasicMatrixView<T> y;
  };

  FeedForward(ParameterList& list, const std::string& name, const NetworkConfig& config);

  void pack(const T* parameters, kernels::Products products);
  Tape forward(BasicMatrixView<const T> x, const kernels::DropoutMask& mask, Arena<T>& arena) const;

  // Spoils the tape. dx = or += the gradient of x.
  void backward(const Tape& tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx, kernels::Accumulate accumulate,
                T* gradients, Arena<T>& arena) const;

 private:
  using Layer = Linear<T>;

  FeedForwardKind kind_;
  std::size_t inner_;
  Layer first_;
  Layer second_;
  std::optional<Layer> gate_;  // SwiGLU alone
};

extern template class FeedForward<float>;
extern template class FeedForward<double>;

}  // namespace attune
