#pragma once

#include "base/matrix_view.h"
#include "kernels/bf16.h"
#include "kernels/vector.h"

namespace attune {

// The weights of a softmax up to a factor, exp(logit - shift) of row t, and their sum: in place, or rounded to bf16 and
// apart from the logits.
template <class T>
double softmax_weights(BasicMatrixView<T> logits, std::size_t t, T shift, BasicMatrixView<T>) {
  return kernels::exp_shifted(logits.row(t).data(), shift, logits.columns);
}
inline double softmax_weights(BasicMatrixView<float> logits, std::size_t t, float shift,
                              BasicMatrixView<kernels::Bf16> weights) {
  return kernels::exp_shifted(logits.row(t).data(), shift, weights.row(t).data(), logits.columns);
}

}  // namespace attune
