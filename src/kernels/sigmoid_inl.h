#if defined(ATTUNE_KERNELS_SIGMOID_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_SIGMOID_INL_H
#undef ATTUNE_KERNELS_SIGMOID_INL_H
#else
#define ATTUNE_KERNELS_SIGMOID_INL_H
#endif

// The sigmoid of a vector. Internal to this folder; compiled once for each instruction set, inside the files that
// include it.

#include <hwy/highway.h>

#include "kernels/exp_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// 1 / (1 + exp(-x)): 0 where that is too small for a normal number, and NaN for NaN.
template <class D, class V>
HWY_INLINE V sigmoid_of(D d, V x) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  return hn::Div(one, hn::Add(one, exp_of(d, hn::Neg(x))));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
