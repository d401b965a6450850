#pragma once

#include <cstddef>
#include <string>

#include "attention/arena.h"
#include "attention/network_config.h"
#include "attention/parameters.h"
#include "base/matrix_view.h"
#include "kernels/gemm.h"
#include "kernels/norm.h"

namespace attune {

// LayerNorm or RMSNorm of each token, with learned gain (and shift). x, y [T, D].
template <class T>
class Norm {
 public:
  // What forward leaves for backward. Lives in the arena, as x does.
  struct Tape {
    BasicMatrixView<const T> x;
    kernels::NormMoments<T> moments;
    BasicMatrixView<T> y;
  };

  Norm(ParameterList& list, const std::string& name, std::size_t width, NormKind kind);

  Tape forward(BasicMatrixView<const T> x, const T* parameters, Arena<T>& arena) const;

  // dx = or += the gradient of x; dx may be dy.
  void backward(const Tape& tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx, kernels::Accumulate accumulate,
                const T* parameters, T* gradients) const;

 private:
  NormKind kind_;
  std::size_t gain_, shift_ = 0;
};

extern template class Norm<float>;
extern template class Norm<double>;

}  // namespace attune
