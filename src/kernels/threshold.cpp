#include "kernels/threshold.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/threshold.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
size_t first_above_of(const T* x, T threshold, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, threshold);
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto low = hn::Or(hn::Gt(hn::LoadU(d, x + i), limit), hn::Gt(hn::LoadU(d, x + i + lanes), limit));
    const auto high =
        hn::Or(hn::Gt(hn::LoadU(d, x + i + 2 * lanes), limit), hn::Gt(hn::LoadU(d, x + i + 3 * lanes), limit));
    if (!hn::AllFalse(d, hn::Or(low, high))) break;
  }
  while (i < n && !(x[i] > threshold)) ++i;
  return i;
}

size_t first_above_f32(const float* x, float threshold, size_t n) { return first_above_of(x, threshold, n); }
size_t first_above_f64(const double* x, double threshold, size_t n) { return first_above_of(x, threshold, n); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(first_above_f32);
HWY_EXPORT(first_above_f64);

std::size_t first_above(const float* x, float threshold, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(first_above_f32)(x, threshold, n);
}
std::size_t first_above(const double* x, double threshold, std::size_t n) noexcept {
  return HWY_DYNAMIC_DISPATCH(first_above_f64)(x, threshold, n);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
