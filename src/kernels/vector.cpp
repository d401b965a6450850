#include "kernels/vector.h"

#include <cmath>
#include <limits>

#include "kernels/bf16_dot.h"
#include "kernels/isa.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/vector.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/bf16_inl.h"
#include "kernels/exp_inl.h"
#include "kernels/lanes_inl.h"
#include "kernels/widen_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
T dot_of(const T* a, const T* b, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, a + i + 2 * lanes), hn::LoadU(d, b + i + 2 * lanes), sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, a + i + 3 * lanes), hn::LoadU(d, b + i + 3 * lanes), sum3);
  }
  for (; i + lanes <= n; i += lanes) sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  if (i < n) {
    sum1 = hn::MulAdd(load_some(d, a + i, n - i, T{0}), load_some(d, b + i, n - i, T{0}), sum1);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
}

template <class T>
void axpy_of(T alpha, const T* x, T* y, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, alpha);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  }
  if (i == n) return;
  const auto rest = hn::MulAdd(factor, load_some(d, x + i, n - i, T{0}), load_some(d, y + i, n - i, T{0}));
  store_some(d, rest, y + i, n - i);
}

template <class T>
void add_of(const T* x, const T* y, T* sum, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, sum + i);
  for (; i < n; ++i) sum[i] = x[i] + y[i];
}

template <class T>
void scale_of(T alpha, T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, alpha);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Mul(factor, hn::LoadU(d, x + i)), d, x + i);
  for (; i < n; ++i) x[i] *= alpha;
}

template <class T>
T max_of(const T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto start = hn::Neg(hn::Inf(d));
  const T lowest = hn::GetLane(start);
  auto max0 = start, max1 = start;
  auto nan0 = hn::IsNaN(start), nan1 = nan0;
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto v0 = hn::LoadU(d, x + i);
    const auto v1 = hn::LoadU(d, x + i + lanes);
    max0 = hn::Max(max0, v0);
    max1 = hn::Max(max1, v1);
    nan0 = hn::Or(nan0, hn::IsNaN(v0));
    nan1 = hn::Or(nan1, hn::IsNaN(v1));
  }
  for (; i < n; i += lanes) {
    const auto v = i + lanes <= n ? hn::LoadU(d, x + i) : load_some(d, x + i, n - i, lowest);
    max0 = hn::Max(max0, v);
    nan0 = hn::Or(nan0, hn::IsNaN(v));
  }
  if (!hn::AllFalse(d, hn::Or(nan0, nan1))) return hn::GetLane(hn::NaN(d));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(max0, max1)));
}

// Four vectors are added in T before they are widened: two roundings, and a quarter of the conversions.
template <bool kStore, class T>
HWY_INLINE double exp_sum(T* x, T shift, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto offset = hn::Set(d, shift);
  auto sum = hn::Zero(WideTag());
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto e0 = exp_of(d, hn::Sub(hn::LoadU(d, x + i), offset));
    const auto e1 = exp_of(d, hn::Sub(hn::LoadU(d, x + i + lanes), offset));
    const auto e2 = exp_of(d, hn::Sub(hn::LoadU(d, x + i + 2 * lanes), offset));
    const auto e3 = exp_of(d, hn::Sub(hn::LoadU(d, x + i + 3 * lanes), offset));
    if (kStore) {
      hn::StoreU(e0, d, x + i);
      hn::StoreU(e1, d, x + i + lanes);
      hn::StoreU(e2, d, x + i + 2 * lanes);
      hn::StoreU(e3, d, x + i + 3 * lanes);
    }
    sum = add_widened(sum, hn::Add(hn::Add(e0, e1), hn::Add(e2, e3)));
  }
  for (; i + lanes <= n; i += lanes) {
    const auto e = exp_of(d, hn::Sub(hn::LoadU(d, x + i), offset));
    if (kStore) hn::StoreU(e, d, x + i);
    sum = add_widened(sum, e);
  }
  if (i < n) {
    const auto e = exp_of(d, hn::Sub(load_some(d, x + i, n - i, T{0}), offset));
    if (kStore) store_some(d, e, x + i, n - i);
    sum = add_widened(sum, hn::IfThenElseZero(hn::FirstN(d, n - i), e));
  }
  return hn::GetLane(hn::SumOfLanes(WideTag(), sum));
}

double exp_to_bf16(const float* x, float shift, Bf16* y, size_t n) {
  const hn::ScalableTag<float> d;
  constexpr size_t kLanes = hn::MaxLanes(d);
  const auto offset = hn::Set(d, shift);
  auto sum = hn::Zero(WideTag());
  size_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    auto part = hn::Zero(d);
#pragma GCC unroll 4
    for (size_t v = 0; v < 4; ++v) {
      const auto e = exp_of(d, hn::Sub(hn::LoadU(d, x + i + v * kLanes), offset));
      store_upper(d, rounded_bits(d, e), y + i + v * kLanes);
      part = hn::Add(part, e);
    }
    sum = add_widened(sum, part);
  }
  double total = hn::GetLane(hn::SumOfLanes(WideTag(), sum));
  for (; i < n; i += kLanes) {
    const size_t count = at_most(n - i, kLanes);
    HWY_ALIGN float lanes[kLanes];
    hn::Store(exp_of(d, hn::Sub(load_up_to(d, x + i, count), offset)), d, lanes);
    for (size_t j = 0; j < count; ++j) {
      y[i + j] = to_bf16(lanes[j]);
      total += static_cast<double>(lanes[j]);
    }
  }
  return total;
}

float dot_f32(const float* a, const float* b, size_t n) { return dot_of(a, b, n); }
double dot_f64(const double* a, const double* b, size_t n) { return dot_of(a, b, n); }
void axpy_f32(float alpha, const float* x, float* y, size_t n) { axpy_of(alpha, x, y, n); }
void axpy_f64(double alpha, const double* x, double* y, size_t n) { axpy_of(alpha, x, y, n); }
void add_f32(const float* x, const float* y, float* sum, size_t n) { add_of(x, y, sum, n); }
void add_f64(const double* x, const double* y, double* sum, size_t n) { add_of(x, y, sum, n); }
void scale_f32(float alpha, float* x, size_t n) { scale_of(alpha, x, n); }
void scale_f64(double alpha, double* x, size_t n) { scale_of(alpha, x, n); }
float max_f32(const float* x, size_t n) { return max_of(x, n); }
double max_f64(const double* x, size_t n) { return max_of(x, n); }
double exp_shifted_f32(float* x, float shift, size_t n) { return exp_sum<true>(x, shift, n); }
double exp_shifted_f64(double* x, double shift, size_t n) { return exp_sum<true>(x, shift, n); }
double sum_exp_f32(float* x, float shift, size_t n) { return exp_sum<false>(x, shift, n); }
double sum_exp_f64(double* x, double shift, size_t n) { return exp_sum<false>(x, shift, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(dot_f32);
HWY_EXPORT(dot_f64);
HWY_EXPORT(axpy_f32);
HWY_EXPORT(axpy_f64);
HWY_EXPORT(add_f32);
HWY_EXPORT(add_f64);
HWY_EXPORT(scale_f32);
HWY_EXPORT(scale_f64);
HWY_EXPORT(max_f32);
HWY_EXPORT(max_f64);
HWY_EXPORT(exp_shifted_f32);
HWY_EXPORT(exp_shifted_f64);
HWY_EXPORT(exp_to_bf16);
HWY_EXPORT(sum_exp_f32);
HWY_EXPORT(sum_exp_f64);

float dot(const float* a, const float* b, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(dot_f32)(a, b, n); }
double dot(const double* a, const double* b, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(dot_f64)(a, b, n); }

void axpy(float alpha, const float* x, float* y, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(axpy_f32)(alpha, x, y, n);
}
void axpy(double alpha, const double* x, double* y, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(axpy_f64)(alpha, x, y, n);
}

void add(const float* x, const float* y, float* sum, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(add_f32)(x, y, sum, n);
}
void add(const double* x, const double* y, double* sum, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(add_f64)(x, y, sum, n);
}

void scale(float alpha, float* x, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(scale_f32)(alpha, x, n); }
void scale(double alpha, double* x, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(scale_f64)(alpha, x, n); }

float max(const float* x, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(max_f32)(x, n); }
double max(const double* x, std::size_t n) noexcept { return HWY_DYNAMIC_DISPATCH(max_f64)(x, n); }

double exp_shifted(float* x, float shift, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(exp_shifted_f32)(x, shift, n);
}
double exp_shifted(double* x, double shift, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(exp_shifted_f64)(x, shift, n);
}

double exp_shifted(const float* x, float shift, Bf16* y, std::size_t n) noexcept {
#if ATTUNE_KERNELS_BF16
  if (bf16_products() != Bf16Products::kPromoted) return exp_to_bf16_dot(x, shift, y, n);
#endif
  return HWY_DYNAMIC_DISPATCH(exp_to_bf16)(x, shift, y, n);
}

// The kernel that also stores shares this one's body, hence its mutable pointer; nothing is written here.
double sum_exp(const float* x, float shift, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(sum_exp_f32)(const_cast<float*>(x), shift, n);
}
double sum_exp(const double* x, double shift, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(sum_exp_f64)(const_cast<double*>(x), shift, n);
}

namespace {

template <class T>
void softmax_of(T* x, std::size_t n) noexcept {
  const T largest = max(x, n);
  if (largest == -std::numeric_limits<T>::infinity()) {
    for (std::size_t i = 0; i < n; ++i) x[i] = 0;
    return;
  }
  const double sum = exp_shifted(x, largest, n);
  scale(static_cast<T>(1 / sum), x, n);
}

template <class T>
double log_sum_exp_of(const T* x, std::size_t n) noexcept {
  const T largest = max(x, n);
  if (std::isinf(largest)) return largest;
  return static_cast<double>(largest) + std::log(sum_exp(x, largest, n));
}

}  // namespace

void softmax(float* x, std::size_t n) noexcept { softmax_of(x, n); }
void softmax(double* x, std::size_t n) noexcept { softmax_of(x, n); }

double log_sum_exp(const float* x, std::size_t n) noexcept { return log_sum_exp_of(x, n); }
double log_sum_exp(const double* x, std::size_t n) noexcept { return log_sum_exp_of(x, n); }

}  // namespace attune::kernels
#endif  // HWY_ONCE
