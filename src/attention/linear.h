#pragma once

#include <cstddef>
#include <string>

#include "attention/arena.h"
#include "attention/factor.h"
#include "attention/parameters.h"
#include "base/matrix_view.h"
#include "kernels/bf16.h"
#include "kernels/gemm.h"

namespace attune {

// y = x Wᵀ + b, with W [out, in] and an optional b. x [T, in], y [T, out].
template <class T>
class Linear {
 public:
  enum class Bias { kNone, kLearned };
  Linear(ParameterList& list, const std::string& name, std::size_t in, std::size_t out, Bias bias);

  // Takes the weights up; to be called whenever they have changed. Keeps a view on the parameters. With products of
  // bf16, W, x and dy are rounded to it before they meet (not in double).
  void pack(const T* parameters, kernels::Products products);

  // `activation` is applied to y; `before`, unless it is empty, keeps what y was before that. The arena holds what is
  // needed meanwhile.
  void forward(BasicMatrixView<const T> x, BasicMatrixView<T> y, Arena<T>& arena,
               kernels::Activation activation = kernels::Activation::kNone, BasicMatrixView<T> before = {}) const;

  // Adds the gradients of W and b to `gradients`, which has the form of the parameters; dx = or += dy W. An empty dx is
  // left out.
  void backward(BasicMatrixView<const T> x, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                kernels::Accumulate accumulate, T* gradients, Arena<T>& arena) const;

 private:
  template <class F>
  void forward_as(const FactorBothWays<F>&, BasicMatrixView<const T> x, BasicMatrixView<T> y, Arena<T>&,
                  const kernels::Epilogue<T>&) const;
  template <class F>
  void backward_as(const FactorBothWays<F>&, BasicMatrixView<const T> x, BasicMatrixView<const T> dy,
                   BasicMatrixView<T> dx, kernels::Accumulate, T* gradients, Arena<T>&) const;

  std::size_t in_, out_, weight_, bias_;
  Bias has_bias_;
  const T* parameters_ = nullptr;
  kernels::Products products_ = kernels::Products::kFloat;
  FactorBothWays<T> plain_;
  FactorBothWays<kernels::Bf16> rounded_;
};

extern template class Linear<float>;
extern template class Linear<double>;

}  // namespace attune
