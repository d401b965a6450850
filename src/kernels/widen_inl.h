#if defined(ATTUNE_KERNELS_WIDEN_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_WIDEN_INL_H
#undef ATTUNE_KERNELS_WIDEN_INL_H
#else
#define ATTUNE_KERNELS_WIDEN_INL_H
#endif

// Sums in double of vectors of float or double. Internal to this folder; compiled once for each instruction set, inside
// the files that include it after Highway.

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using WideTag = hn::ScalableTag<double>;

// As many values as a vector of doubles holds, as doubles.
HWY_INLINE hn::Vec<WideTag> widened(hn::Vec<WideTag> v) { return v; }

HWY_INLINE hn::Vec<WideTag> widened(hn::Vec<hn::Rebind<float, WideTag>> v) { return hn::PromoteTo(WideTag(), v); }

// The sum and all lanes of a whole vector.
HWY_INLINE hn::Vec<WideTag> add_widened(hn::Vec<WideTag> sum, hn::Vec<WideTag> v) { return hn::Add(sum, v); }

HWY_INLINE hn::Vec<WideTag> add_widened(hn::Vec<WideTag> sum, hn::Vec<hn::ScalableTag<float>> v) {
  const WideTag wide;
#if HWY_TARGET == HWY_SCALAR
  return hn::Add(sum, hn::PromoteTo(wide, v));
#else
  const hn::Rebind<float, WideTag> half;
  sum = hn::Add(sum, hn::PromoteTo(wide, hn::LowerHalf(half, v)));
  return hn::Add(sum, hn::PromoteTo(wide, hn::UpperHalf(half, v)));
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
