#include "kernels/ridge.h"

#include "base/check.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ridge.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
constexpr size_t kLanes = hn::MaxLanes(D());

HWY_INLINE float dot_whole(const float* a, const float* b, size_t width) {
  const D d;
  auto sum0 = hn::Zero(d);
  for (size_t i = 0; i < width; i += kLanes) sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  return hn::GetLane(hn::SumOfLanes(d, sum0));
}

// y += alpha x
HWY_INLINE void axpy_whole(float alpha, const float* x, float* y, size_t width) {
  const D d;
  const auto factor = hn::Set(d, alpha);
  for (size_t i = 0; i < width; i += kLanes) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  }
}

// y = x + beta y
HWY_INLINE void xpby_whole(const float* x, float beta, float* y, size_t width) {
  const D d;
  const auto factor = hn::Set(d, beta);
  for (size_t i = 0; i < width; i += kLanes) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  }
}

// out += sum over four vectors of (1 - <v, x>) v, or with kProduct of <v, x> v. Four at a time, so that the sums
// over lanes, which are chains, overlap.
template <bool kProduct>
HWY_INLINE void add_four(const float* const* v, const float* x, size_t width, float* out) {
  const D d;
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
  for (size_t i = 0; i < width; i += kLanes) {
    const auto value = hn::LoadU(d, x + i);
    sum0 = hn::MulAdd(value, hn::LoadU(d, v[0] + i), sum0);
    sum1 = hn::MulAdd(value, hn::LoadU(d, v[1] + i), sum1);
    sum2 = hn::MulAdd(value, hn::LoadU(d, v[2] + i), sum2);
    sum3 = hn::MulAdd(value, hn::LoadU(d, v[3] + i), sum3);
  }
  auto f0 = hn::SumOfLanes(d, sum0), f1 = hn::SumOfLanes(d, sum1);
  auto f2 = hn::SumOfLanes(d, sum2), f3 = hn::SumOfLanes(d, sum3);
  if constexpr (!kProduct) {
    const auto one = hn::Set(d, 1.0f);
    f0 = hn::Sub(one, f0), f1 = hn::Sub(one, f1), f2 = hn::Sub(one, f2), f3 = hn::Sub(one, f3);
  }
  for (size_t i = 0; i < width; i += kLanes) {
    auto sum = hn::MulAdd(f0, hn::LoadU(d, v[0] + i), hn::LoadU(d, out + i));
    sum = hn::MulAdd(f1, hn::LoadU(d, v[1] + i), sum);
    sum = hn::MulAdd(f2, hn::LoadU(d, v[2] + i), sum);
    hn::StoreU(hn::MulAdd(f3, hn::LoadU(d, v[3] + i), sum), d, out + i);
  }
}

template <bool kProduct>
HWY_INLINE void add_picked(const RidgeSystem& s, const float* x, float* out) {
  size_t n = 0;
  for (; n + 4 <= s.count; n += 4) {
    const float* four[4];
    for (size_t k = 0; k < 4; ++k) four[k] = s.vectors + s.picked[n + k] * s.width;
    add_four<kProduct>(four, x, s.width, out);
  }
  for (; n < s.count; ++n) {
    const float* v = s.vectors + s.picked[n] * s.width;
    const float inner = dot_whole(v, x, s.width);
    axpy_whole(kProduct ? inner : 1.0f - inner, v, out, s.width);
  }
}

// out += (base + ridge I) x with the sign of `factor`.
HWY_INLINE void add_base(const RidgeSystem& s, const float* x, float factor, float* out) {
  axpy_whole(factor * s.ridge, x, out, s.width);
  const D d;
  for (size_t k = 0; k < s.width; k += 4) {
    const float* row = s.base + k * s.width;
    const auto f0 = hn::Set(d, factor * x[k]), f1 = hn::Set(d, factor * x[k + 1]);
    const auto f2 = hn::Set(d, factor * x[k + 2]), f3 = hn::Set(d, factor * x[k + 3]);
    for (size_t i = 0; i < s.width; i += kLanes) {
      auto sum = hn::MulAdd(f0, hn::LoadU(d, row + i), hn::LoadU(d, out + i));
      sum = hn::MulAdd(f1, hn::LoadU(d, row + s.width + i), sum);
      sum = hn::MulAdd(f2, hn::LoadU(d, row + 2 * s.width + i), sum);
      hn::StoreU(hn::MulAdd(f3, hn::LoadU(d, row + 3 * s.width + i), sum), d, out + i);
    }
  }
}

void improve(const RidgeSystem& s, size_t steps, float* x, float* scratch) {
  const size_t width = s.width;
  float* residual = scratch;
  float* direction = scratch + width;
  float* image = scratch + 2 * width;
  for (size_t i = 0; i < width; ++i) residual[i] = 0;
  add_picked<false>(s, x, residual);
  add_base(s, x, -1.0f, residual);
  for (size_t i = 0; i < width; ++i) direction[i] = residual[i];
  float squares = dot_whole(residual, residual, width);
  for (size_t step = 0; step < steps && squares > 1e-20f; ++step) {
    for (size_t i = 0; i < width; ++i) image[i] = 0;
    add_base(s, direction, 1.0f, image);
    add_picked<true>(s, direction, image);
    const float curvature = dot_whole(direction, image, width);
    if (!(curvature > 0)) return;
    const float length = squares / curvature;
    axpy_whole(length, direction, x, width);
    axpy_whole(-length, image, residual, width);
    const float next = dot_whole(residual, residual, width);
    xpby_whole(residual, next / squares, direction, width);
    squares = next;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(improve);

void improve_ridge_solution(const RidgeSystem& system, std::size_t steps, float* x, float* scratch) noexcept {
  ATTUNE_CHECK(system.width % kRidgeLanes == 0);
  HWY_DYNAMIC_DISPATCH(improve)(system, steps, x, scratch);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
