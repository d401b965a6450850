#include "kernels/adam.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adam.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes_inl.h"
#include "kernels/widen_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

// The step's factors, in lanes.
template <class T>
struct AdamFactors {
  using V = hn::Vec<hn::ScalableTag<T>>;
  V scale, coupled, kept, beta1, rest1, beta2, rest2, rate, root, epsilon;

  HWY_INLINE explicit AdamFactors(const AdamStep& step) {
    const hn::ScalableTag<T> d;
    const bool is_coupled = step.form == WeightDecay::kCoupled;
    scale = hn::Set(d, static_cast<T>(step.gradient_scale));
    coupled = hn::Set(d, static_cast<T>(is_coupled ? step.decay : 0));
    kept = hn::Set(d, static_cast<T>(is_coupled ? 1 : 1 - step.learning_rate * step.decay));
    beta1 = hn::Set(d, static_cast<T>(step.beta1));
    rest1 = hn::Set(d, static_cast<T>(1 - step.beta1));
    beta2 = hn::Set(d, static_cast<T>(step.beta2));
    rest2 = hn::Set(d, static_cast<T>(1 - step.beta2));
    rate = hn::Set(d, static_cast<T>(step.learning_rate / step.correction1));
    root = hn::Set(d, static_cast<T>(1 / step.correction2));
    epsilon = hn::Set(d, static_cast<T>(step.epsilon));
  }
};

template <class T>
void adam_of(const AdamStep& step, T* w, const T* gradient, AdamMoments<T> moments, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const AdamFactors<T> f(step);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto weight = load_up_to(d, w + i, count);
    const auto g = hn::MulAdd(f.coupled, weight, hn::Mul(f.scale, load_up_to(d, gradient + i, count)));
    const auto m = hn::MulAdd(f.rest1, g, hn::Mul(f.beta1, load_up_to(d, moments.first + i, count)));
    const auto v = hn::MulAdd(hn::Mul(f.rest2, g), g, hn::Mul(f.beta2, load_up_to(d, moments.second + i, count)));
    const auto divisor = hn::Add(hn::Sqrt(hn::Mul(v, f.root)), f.epsilon);
    const auto moved = hn::NegMulAdd(f.rate, hn::Div(m, divisor), hn::Mul(f.kept, weight));
    store_up_to(d, m, moments.first + i, count);
    store_up_to(d, v, moments.second + i, count);
    store_up_to(d, moved, w + i, count);
  }
}

// Squares of floats are exact in double, and do not overflow.
template <class V>
HWY_INLINE V add_squares(V sum, V x) {
  return hn::MulAdd(x, x, sum);
}

template <class T>
double sum_of_squares_of(const T* x, size_t n) {
  const WideTag wide;
  const hn::Rebind<T, WideTag> d;  // as many values as a vector of doubles has
  const size_t lanes = hn::Lanes(wide);
  auto sum0 = hn::Zero(wide), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    sum0 = add_squares(sum0, widened(hn::LoadU(d, x + i)));
    sum1 = add_squares(sum1, widened(hn::LoadU(d, x + i + lanes)));
    sum2 = add_squares(sum2, widened(hn::LoadU(d, x + i + 2 * lanes)));
    sum3 = add_squares(sum3, widened(hn::LoadU(d, x + i + 3 * lanes)));
  }
  for (; i < n; i += lanes) sum0 = add_squares(sum0, widened(load_up_to(d, x + i, at_most(n - i, lanes))));
  return hn::GetLane(hn::SumOfLanes(wide, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
}

template <class T>
void update_average_of(double decay, const T* x, T* average, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto old = hn::Set(d, static_cast<T>(decay)), fresh = hn::Set(d, static_cast<T>(1 - decay));
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto mean = hn::Mul(old, load_up_to(d, average + i, count));
    store_up_to(d, hn::MulAdd(fresh, load_up_to(d, x + i, count), mean), average + i, count);
  }
}

void adam_f32(const AdamStep& step, float* w, const float* g, AdamMoments<float> m, size_t n) {
  adam_of(step, w, g, m, n);
}
void adam_f64(const AdamStep& step, double* w, const double* g, AdamMoments<double> m, size_t n) {
  adam_of(step, w, g, m, n);
}
double squares_f32(const float* x, size_t n) { return sum_of_squares_of(x, n); }
double squares_f64(const double* x, size_t n) { return sum_of_squares_of(x, n); }
void average_f32(double decay, const float* x, float* average, size_t n) { update_average_of(decay, x, average, n); }
void average_f64(double decay, const double* x, double* average, size_t n) { update_average_of(decay, x, average, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(adam_f32);
HWY_EXPORT(adam_f64);
HWY_EXPORT(squares_f32);
HWY_EXPORT(squares_f64);
HWY_EXPORT(average_f32);
HWY_EXPORT(average_f64);

void adam(const AdamStep& step, float* w, const float* gradient, AdamMoments<float> moments, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(adam_f32)(step, w, gradient, moments, n);
}
void adam(const AdamStep& step, double* w, const double* gradient, AdamMoments<double> moments,
          std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(adam_f64)(step, w, gradient, moments, n);
}

double sum_of_squares(const float* x, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(squares_f32)(x, n); }
double sum_of_squares(const double* x, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(squares_f64)(x, n); }

void update_average(double decay, const float* x, float* average, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(average_f32)(decay, x, average, n);
}
void update_average(double decay, const double* x, double* average, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(average_f64)(decay, x, average, n);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
