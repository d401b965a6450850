#pragma once

#include <cstddef>
#include <string>

#include "attention/parameters.h"
#include "base/matrix_view.h"
#include "kernels/gemm.h"
#include "kernels/packed.h"

namespace attune {

// y = x Wᵀ + b, with W [out, in] and an optional b. x [T, in], y [T, out].
template <class T>
class Linear {
 public:
  enum class Bias { kNone, kLearned };
  Linear(ParameterList& list, const std::string& name, std::size_t in, std::size_t out, Bias bias);

  // Takes the weights up; to be called whenever they have changed. Keeps a view on the parameters.
  void pack(const T* parameters);

  // `activation` is applied to y; `before`, unless it is empty, keeps what y was before that.
  void forward(BasicMatrixView<const T> x, BasicMatrixView<T> y,
               kernels::Activation activation = kernels::Activation::kNone, BasicMatrixView<T> before = {}) const;

  // Adds the gradients of W and b to `gradients`, which has the form of the parameters; dx = or += dy W. An empty dx is
  // left out.
  void backward(BasicMatrixView<const T> x, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                kernels::Accumulate accumulate, T* gradients) const;

 private:
  std::size_t in_, out_, weight_, bias_;
  Bias has_bias_;
  const T* parameters_ = nullptr;
  kernels::Packed<T> forward_;   // Wᵀ
  kernels::Packed<T> backward_;  // W
};

extern template class Linear<float>;
extern template class Linear<double>;

}  // namespace attune
