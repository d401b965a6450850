#include "kernels/peak.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains cover the latency of two units with room to spare. Values run towards 1 and stay finite.
template <class T>
size_t run(size_t rounds) {
  const hn::ScalableTag<T> d;
  const auto half = hn::Set(d, static_cast<T>(0.5));
  auto s0 = hn::Iota(d, 1), s1 = hn::Iota(d, 2), s2 = hn::Iota(d, 3), s3 = hn::Iota(d, 4), s4 = hn::Iota(d, 5),
       s5 = hn::Iota(d, 6), s6 = hn::Iota(d, 7), s7 = hn::Iota(d, 8), s8 = hn::Iota(d, 9), s9 = hn::Iota(d, 10),
       s10 = hn::Iota(d, 11), s11 = hn::Iota(d, 12);
  for (size_t i = 0; i < rounds; ++i) {
    s0 = hn::MulAdd(s0, half, half);
    s1 = hn::MulAdd(s1, half, half);
    s2 = hn::MulAdd(s2, half, half);
    s3 = hn::MulAdd(s3, half, half);
    s4 = hn::MulAdd(s4, half, half);
    s5 = hn::MulAdd(s5, half, half);
    s6 = hn::MulAdd(s6, half, half);
    s7 = hn::MulAdd(s7, half, half);
    s8 = hn::MulAdd(s8, half, half);
    s9 = hn::MulAdd(s9, half, half);
    s10 = hn::MulAdd(s10, half, half);
    s11 = hn::MulAdd(s11, half, half);
  }
  const auto low = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(s4, s5));
  const auto high = hn::Add(hn::Add(hn::Add(s6, s7), hn::Add(s8, s9)), hn::Add(s10, s11));
  // The sums must be seen to be used, or the loop would be dropped.
  volatile T seen = hn::GetLane(hn::Add(low, high));
  static_cast<void>(seen);
  return rounds * 12 * 2 * hn::Lanes(d);
}

size_t run_f32(size_t rounds) { return run<float>(rounds); }
size_t run_f64(size_t rounds) { return run<double>(rounds); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);

std::size_t run_multiply_adds_f32(std::size_t rounds) noexcept { return HWY_DYNAMIC_DISPATCH(run_f32)(rounds); }
std::size_t run_multiply_adds_f64(std::size_t rounds) noexcept { return HWY_DYNAMIC_DISPATCH(run_f64)(rounds); }

}  // namespace attune::kernels
#endif  // HWY_ONCE
