#include "kernels/cross_entropy.h"

#include <cmath>
#include <limits>

#include "kernels/vector.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cross_entropy.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>

#include "kernels/exp_inl.h"
#include "kernels/lanes_inl.h"
#include "kernels/sigmoid_inl.h"
#include "kernels/widen_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void gradient_row_of(T* x, T log_sum, T weight, T uniform, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto shift = hn::Set(d, log_sum), factor = hn::Set(d, weight), less = hn::Set(d, -weight * uniform);
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto e0 = exp_of(d, hn::Sub(hn::LoadU(d, x + i), shift));
    const auto e1 = exp_of(d, hn::Sub(hn::LoadU(d, x + i + lanes), shift));
    hn::StoreU(hn::MulAdd(factor, e0, less), d, x + i);
    hn::StoreU(hn::MulAdd(factor, e1, less), d, x + i + lanes);
  }
  for (; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto e = exp_of(d, hn::Sub(load_up_to(d, x + i, count), shift));
    store_up_to(d, hn::MulAdd(factor, e, less), x + i, count);
  }
}

// log(1 + exp(-|x|)).
template <class D, class V>
HWY_INLINE V soft_part(D d, V x) {
  return hn::Log1p(d, exp_of(d, hn::Neg(hn::Abs(x))));
}

// A NaN in x must come out again, which Min and Max do not promise.
template <class D, class V>
HWY_INLINE V negative_part(D d, V x) {
  return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Zero(d), x);
}

template <class T>
void log_sigmoid_of(const T* x, T* y, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto v = load_up_to(d, x + i, count);
    store_up_to(d, hn::Sub(negative_part(d, v), soft_part(d, v)), y + i, count);
  }
}

// -log(sigmoid(x)) is log(1 + exp(-|x|)) + max(-x, 0), and with x for -x that of the other label.
template <class T>
double bce_of(T label, const T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto yes = hn::Set(d, label), no = hn::Set(d, 1 - label);
  auto sum = hn::Zero(WideTag());
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto v = load_up_to(d, x + i, count);
    auto loss = hn::NegMulAdd(yes, negative_part(d, v), soft_part(d, v));
    loss = hn::NegMulAdd(no, negative_part(d, hn::Neg(v)), loss);
    if (count < lanes) loss = hn::IfThenElseZero(hn::FirstN(d, count), loss);
    sum = add_widened(sum, loss);
  }
  return hn::GetLane(hn::SumOfLanes(WideTag(), sum));
}

template <class T>
void bce_gradient_of(T label, T weight, T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto target = hn::Set(d, label), factor = hn::Set(d, weight);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto v = hn::Sub(sigmoid_of(d, load_up_to(d, x + i, count)), target);
    store_up_to(d, hn::Mul(factor, v), x + i, count);
  }
}

void gradient_row_f32(float* x, float log_sum, float weight, float uniform, size_t n) {
  gradient_row_of(x, log_sum, weight, uniform, n);
}
void gradient_row_f64(double* x, double log_sum, double weight, double uniform, size_t n) {
  gradient_row_of(x, log_sum, weight, uniform, n);
}
void log_sigmoid_f32(const float* x, float* y, size_t n) { log_sigmoid_of(x, y, n); }
void log_sigmoid_f64(const double* x, double* y, size_t n) { log_sigmoid_of(x, y, n); }
double bce_f32(float label, const float* x, size_t n) { return bce_of(label, x, n); }
double bce_f64(double label, const double* x, size_t n) { return bce_of(label, x, n); }
void bce_gradient_f32(float label, float weight, float* x, size_t n) { bce_gradient_of(label, weight, x, n); }
void bce_gradient_f64(double label, double weight, double* x, size_t n) { bce_gradient_of(label, weight, x, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(gradient_row_f32);
HWY_EXPORT(gradient_row_f64);
HWY_EXPORT(log_sigmoid_f32);
HWY_EXPORT(log_sigmoid_f64);
HWY_EXPORT(bce_f32);
HWY_EXPORT(bce_f64);
HWY_EXPORT(bce_gradient_f32);
HWY_EXPORT(bce_gradient_f64);

namespace {

void gradient_row(float* x, float log_sum, float weight, float uniform, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(gradient_row_f32)(x, log_sum, weight, uniform, n);
}
void gradient_row(double* x, double log_sum, double weight, double uniform, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(gradient_row_f64)(x, log_sum, weight, uniform, n);
}

template <class T>
void update_rows(BasicMatrixView<const T> logits, RowSums<T> sums) noexcept {
  for (std::size_t r = 0; r < logits.rows; ++r) {
    const T* x = logits.data + r * logits.stride;
    const T in_tile = max(x, logits.columns);
    if (in_tile == -std::numeric_limits<T>::infinity()) continue;
    if (!(in_tile <= sums.largest[r])) {  // also if one of them is NaN, which then stays in the sum
      const bool is_first = sums.largest[r] == -std::numeric_limits<T>::infinity();
      sums.sum[r] *= is_first ? 0 : std::exp(static_cast<double>(sums.largest[r]) - static_cast<double>(in_tile));
      sums.largest[r] = in_tile;
    }
    sums.sum[r] += sum_exp(x, sums.largest[r], logits.columns);
  }
}

template <class T>
void gradient_rows(BasicMatrixView<T> logits, const SoftmaxGradient<T>& of) noexcept {
  for (std::size_t r = 0; r < logits.rows; ++r) {
    gradient_row(logits.data + r * logits.stride, of.log_sum[r], of.weight[r], of.uniform, logits.columns);
  }
}

template <class T>
void subtract(BasicMatrixView<T> tile, const std::uint32_t* targets, std::uint32_t first, const T* weight) noexcept {
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const std::size_t column = std::size_t{targets[r]} - first;  // wraps to something large below `first`
    if (column < tile.columns) tile(r, column) -= weight[r];
  }
}

}  // namespace

void update_row_sums(BasicMatrixView<const float> logits, RowSums<float> sums) noexcept { update_rows(logits, sums); }
void update_row_sums(BasicMatrixView<const double> logits, RowSums<double> sums) noexcept { update_rows(logits, sums); }

void softmax_gradient(BasicMatrixView<float> logits, const SoftmaxGradient<float>& of) noexcept {
  gradient_rows(logits, of);
}
void softmax_gradient(BasicMatrixView<double> logits, const SoftmaxGradient<double>& of) noexcept {
  gradient_rows(logits, of);
}

void subtract_targets(BasicMatrixView<float> tile, const std::uint32_t* targets, std::uint32_t first,
                      const float* weight) noexcept {
  subtract(tile, targets, first, weight);
}
void subtract_targets(BasicMatrixView<double> tile, const std::uint32_t* targets, std::uint32_t first,
                      const double* weight) noexcept {
  subtract(tile, targets, first, weight);
}

void log_sigmoid(const float* x, float* y, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(log_sigmoid_f32)(x, y, n); }
void log_sigmoid(const double* x, double* y, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(log_sigmoid_f64)(x, y, n); }

double binary_cross_entropy(float label, const float* x, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(bce_f32)(label, x, n);
}
double binary_cross_entropy(double label, const double* x, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(bce_f64)(label, x, n);
}

void binary_cross_entropy_gradient(float label, float weight, float* x, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(bce_gradient_f32)(label, weight, x, n);
}
void binary_cross_entropy_gradient(double label, double weight, double* x, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(bce_gradient_f64)(label, weight, x, n);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
