#include "attention/linear.h"

#include "base/check.h"
#include "kernels/column_sums.h"

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
void Linear<T>::pack(const T* parameters) {
  parameters_ = parameters;
  const BasicMatrixView<const T> weight(parameters + weight_, out_, in_);
  forward_.pack_rows(weight);
  backward_.pack_columns(weight);
}

template <class T>
void Linear<T>::forward(BasicMatrixView<const T> x, BasicMatrixView<T> y, kernels::Activation activation,
                        BasicMatrixView<T> before) const {
  ATTUNE_CHECK(parameters_ != nullptr);
  const T* bias = has_bias_ == Bias::kLearned ? parameters_ + bias_ : nullptr;
  kernels::gemm(x, forward_, 0, y, {bias, activation, kernels::Accumulate::kNo, before});
}

template <class T>
void Linear<T>::backward(BasicMatrixView<const T> x, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                         kernels::Accumulate accumulate, T* gradients) const {
  kernels::gemm_tn(dy, x, BasicMatrixView<T>(gradients + weight_, out_, in_), kernels::Accumulate::kYes);
  if (has_bias_ == Bias::kLearned) kernels::add_column_sums(dy, gradients + bias_);
  if (dx.rows > 0) kernels::gemm(dy, backward_, 0, dx, {.accumulate = accumulate});
}

template class Linear<float>;
template class Linear<double>;

}  // namespace attune
