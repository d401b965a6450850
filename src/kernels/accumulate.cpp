#include "kernels/accumulate.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/accumulate.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void add_widened_of(const float* x, double* y, size_t n) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::Add(hn::PromoteTo(d, hn::LoadU(narrow, x + i)), hn::LoadU(d, y + i)), d, y + i);
  }
  for (; i < n; ++i) y[i] += static_cast<double>(x[i]);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(add_widened_of);

void add_widened(const float* x, double* y, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(add_widened_of)(x, y, n); }

}  // namespace attune::kernels
#endif  // HWY_ONCE
