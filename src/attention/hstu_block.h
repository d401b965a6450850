#pragma once

#include "attention/block.h"

namespace attune {

// One layer of HSTU (Zhai et al., 2024, section 3): with n = norm1(x) and u, v, q, k = silu(W n + b),
//
//   y = x + output(drop(u * norm2(attention(q, k, v))))                                              (equation S7)
//
// whose attention weighs by silu(q kᵀ + bias) / max_history instead of a softmax, so that their sum can grow.
template <class T>
class HstuBlock final : public Block<T> {
 public:
  HstuBlock(ParameterList& list, const std::string& name, std::size_t number, const NetworkConfig& config);

  void pack(const T* parameters, kernels::Products products) override;
  void forward(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const override;
  void last(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const override;
  void backward(const BlockContext<T>&, BlockTape<T>&, BasicMatrixView<T> dy, BasicMatrixView<T> dx, T* gradients,
                Arena<T>&) const override;

 private:
  // Fills the tape up to what attention reads; returns the activated projections [T, 4 D].
  BasicMatrixView<T> project(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const;
  // From tape.attention.output, and `x` that passes it by, to tape.y.
  void mix(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const;

  std::size_t width_;
  std::size_t number_;
  Norm<T> norm1_, norm2_;
  Linear<T> projections_, output_;
  MultiHead<T> attention_;
};

}  // namespace attune
