#pragma once

#include <cstddef>
#include <cstdint>

#include "base/matrix_view.h"

namespace attune::kernels {

// What a loss over a catalogue needs of each tile of its logits, so that they never are whole in memory: rows are
// tokens, columns a range of items. In float and double, any sizes (also 0) and strides; allocates nothing, never
// throws, thread-safe. Agrees with kernels/cross_entropy_reference.h.

// The running maximum and the sum of exp(x - largest) of each row (Milakov and Gimelshein, 2018): start with -inf and
// 0, update with each tile, and the logarithm of the sum of exp of the whole row is largest + log(sum). -inf is a logit
// that is left out. `largest` and `sum` have a value a row.
template <class T>
struct RowSums {
  T* largest = nullptr;
  double* sum = nullptr;
};

void update_row_sums(BasicMatrixView<const float> logits, RowSums<float>) noexcept;
void update_row_sums(BasicMatrixView<const double> logits, RowSums<double>) noexcept;

// What the gradient of a row of logits is made of; each has a value a row.
template <class T>
struct SoftmaxGradient {
  const T* log_sum = nullptr;  // log of the sum of exp over the whole row
  const T* weight = nullptr;   // gradient of the loss of the row
  T uniform = 0;               // label smoothing: the share of the target that every column gets
};

// In place: x = weight * (exp(x - log_sum) - uniform): the gradient of weight * (log_sum - <target, x>) but for what
// the target's own columns get.
void softmax_gradient(BasicMatrixView<float> logits, const SoftmaxGradient<float>&) noexcept;
void softmax_gradient(BasicMatrixView<double> logits, const SoftmaxGradient<double>&) noexcept;

// x(r, targets[r] - first) -= weight[r] where that is a column of the tile, whose column 0 is item `first`.
void subtract_targets(BasicMatrixView<float> tile, const std::uint32_t* targets, std::uint32_t first,
                      const float* weight) noexcept;
void subtract_targets(BasicMatrixView<double> tile, const std::uint32_t* targets, std::uint32_t first,
                      const double* weight) noexcept;

// y[i] = log(sigmoid(x[i])), without overflow; y may be x.
void log_sigmoid(const float* x, float* y, std::size_t n) noexcept;
void log_sigmoid(const double* x, double* y, std::size_t n) noexcept;

// Binary cross-entropy of n logits that share a label in [0, 1]: the sum of
// -label log(sigmoid(x)) - (1 - label) log(1 - sigmoid(x)), in double.
double binary_cross_entropy(float label, const float* x, std::size_t n) noexcept;
double binary_cross_entropy(double label, const double* x, std::size_t n) noexcept;

// Its gradient in place: x = weight * (sigmoid(x) - label).
void binary_cross_entropy_gradient(float label, float weight, float* x, std::size_t n) noexcept;
void binary_cross_entropy_gradient(double label, double weight, double* x, std::size_t n) noexcept;

}  // namespace attune::kernels
