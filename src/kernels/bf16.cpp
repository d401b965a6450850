#include "kernels/bf16.h"

#include "kernels/bf16_dot.h"
#include "kernels/isa.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/bf16.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/bf16_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void round_to_bf16(const float* from, Bf16* to, size_t n) {
  const hn::ScalableTag<float> d;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) store_bf16(d, hn::LoadU(d, from + i), to + i);
  for (; i < n; ++i) to[i] = to_bf16(from[i]);
}

void promote_to_float(const Bf16* from, float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<uint32_t> units;
  const hn::Rebind<uint16_t, decltype(d)> halves;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto bits = hn::PromoteTo(units, hn::LoadU(halves, reinterpret_cast<const uint16_t*>(from + i)));
    hn::StoreU(hn::BitCast(d, hn::ShiftLeft<16>(bits)), d, to + i);
  }
  for (; i < n; ++i) to[i] = to_float(from[i]);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(round_to_bf16);
HWY_EXPORT(promote_to_float);

void to_bf16(const float* from, Bf16* to, std::size_t n) noexcept {
#if ATTUNE_KERNELS_BF16
  if (bf16_products() != Bf16Products::kPromoted) return round_to_bf16_dot(from, to, n);
#endif
  HWY_DYNAMIC_DISPATCH(round_to_bf16)(from, to, n);
}
void to_float(const Bf16* from, float* to, std::size_t n) noexcept {
  HWY_DYNAMIC_DISPATCH(promote_to_float)(from, to, n);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
