#include "attention/linear.h"

#include "base/check.h"
#include "kernels/column_sums.h"
#include "kernels/gemm_bf16.h"

namespace attune {

template <class T>
Linear<T>::Linear(ParameterList& list, const std::string& name, std::size_t in, std::size_t out, Bias bias)
    : in_(in),
      out_(out),
      weight_(list.add(name + ".weight", out, in, Initial::kXavierUniform)),
      bias_(0),
      has_bias_(bias) {
  if (bias == Bias::kLearned) bias_ = list.add(name + ".bias", 1, out, Initial::kZero);
}

template <class T>
void Linear<T>::pack(const T* parameters, kernels::Products products) {
  parameters_ = parameters;
  products_ = products;
  const BasicMatrixView<const T> weight(parameters + weight_, out_, in_);
  if constexpr (std::is_same_v<T, float>) {
    if (products == kernels::Products::kBf16) return rounded_.pack(weight);
  }
  plain_.pack(weight);
}

template <class T>
template <class F>
void Linear<T>::forward_as(const FactorBothWays<F>& weight, BasicMatrixView<const T> x, BasicMatrixView<T> y,
                           Arena<T>& arena, const kernels::Epilogue<T>& end) const {
  const auto mark = arena.mark();
  kernels::gemm(as_factor<F>(x, arena), weight.turned(), 0, y, end);
  arena.reset(mark);
}

template <class T>
void Linear<T>::forward(BasicMatrixView<const T> x, BasicMatrixView<T> y, Arena<T>& arena,
                        kernels::Activation activation, BasicMatrixView<T> before) const {
  ATTUNE_CHECK(parameters_ != nullptr);
  const T* bias = has_bias_ == Bias::kLearned ? parameters_ + bias_ : nullptr;
  const kernels::Epilogue<T> end{bias, activation, kernels::Accumulate::kNo, before};
  if constexpr (std::is_same_v<T, float>) {
    if (products_ == kernels::Products::kBf16) return forward_as(rounded_, x, y, arena, end);
  }
  forward_as(plain_, x, y, arena, end);
}

template <class T>
template <class F>
void Linear<T>::backward_as(const FactorBothWays<F>& weight, BasicMatrixView<const T> x, BasicMatrixView<const T> dy,
                            BasicMatrixView<T> dx, kernels::Accumulate accumulate, T* gradients,
                            Arena<T>& arena) const {
  const auto mark = arena.mark();
  const BasicMatrixView<const F> up = as_factor<F>(dy, arena);
  kernels::gemm_tn(up, as_factor<F>(x, arena), BasicMatrixView<T>(gradients + weight_, out_, in_),
                   kernels::Accumulate::kYes);
  if (has_bias_ == Bias::kLearned) kernels::add_column_sums(dy, gradients + bias_);
  if (dx.rows > 0) kernels::gemm(up, weight.straight(), 0, dx, {.accumulate = accumulate});
  arena.reset(mark);
}

template <class T>
void Linear<T>::backward(BasicMatrixView<const T> x, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                         kernels::Accumulate accumulate, T* gradients, Arena<T>& arena) const {
  if constexpr (std::is_same_v<T, float>) {
    if (products_ == kernels::Products::kBf16) return backward_as(rounded_, x, dy, dx, accumulate, gradients, arena);
  }
  backward_as(plain_, x, dy, dx, accumulate, gradients, arena);
}

template class Linear<float>;
template class Linear<double>;

}  // namespace attune
