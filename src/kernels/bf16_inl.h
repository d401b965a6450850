#if defined(ATTUNE_KERNELS_BF16_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_BF16_INL_H
#undef ATTUNE_KERNELS_BF16_INL_H
#else
#define ATTUNE_KERNELS_BF16_INL_H
#endif

// A vector of floats as bf16. Internal to this folder; compiled once for each instruction set, inside the files that
// include it.

#include <hwy/highway.h>

#include "kernels/bf16.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The bits of to_bf16(value) in the upper half of each lane; a NaN may become something else.
template <class D, class V>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> rounded_bits(D, V value) {
  const hn::RebindToUnsigned<D> units;
  const auto bits = hn::BitCast(units, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(units, 1u));
  return hn::Add(bits, hn::Add(hn::Set(units, 0x7fffu), odd));
}

// Stores the upper half of each lane.
template <class D, class V>
HWY_INLINE void store_upper(D d, V bits, Bf16* to) {
  const hn::Rebind<uint16_t, D> halves;
  const auto upper = hn::BitCast(hn::RebindToSigned<D>(), hn::ShiftRight<16>(bits));
  hn::StoreU(hn::DemoteTo(halves, upper), halves, reinterpret_cast<uint16_t*>(to));
  static_cast<void>(d);
}

// to[i] = to_bf16(value[i]), for all lanes.
template <class D, class V>
HWY_INLINE void store_bf16(D d, V value, Bf16* to) {
  const hn::RebindToUnsigned<D> units;
  const auto quiet = hn::Or(hn::BitCast(units, value), hn::Set(units, 0x400000u));
  const auto rounded = hn::BitCast(d, rounded_bits(d, value));
  store_upper(d, hn::BitCast(units, hn::IfThenElse(hn::IsNaN(value), hn::BitCast(d, quiet), rounded)), to);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
