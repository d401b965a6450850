#if defined(ATTUNE_KERNELS_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_LANES_INL_H
#undef ATTUNE_KERNELS_LANES_INL_H
#else
#define ATTUNE_KERNELS_LANES_INL_H
#endif

// Loads and stores of what may be less than a vector: the ends of rows. Internal to this folder; compiled once for each
// instruction set, inside the files that include it after Highway.

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// x[0 .. n) with n below a vector, other lanes `fill`. Highway's masked loads may read past n, which a row's end
// forbids.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_some(D d, const T* x, size_t n, T fill) {
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  for (size_t i = 0; i < hn::MaxLanes(d); ++i) lanes[i] = i < n ? x[i] : fill;
  return hn::Load(d, lanes);
}

template <class D, class V, class T>
HWY_INLINE void store_some(D d, V v, T* x, size_t n) {
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (size_t i = 0; i < n; ++i) x[i] = lanes[i];
}

// How many of `left` values the next vector takes.
HWY_INLINE size_t at_most(size_t left, size_t lanes) { return left < lanes ? left : lanes; }

// x[0 .. count) with count at most a vector, other lanes zero.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_up_to(D d, const T* x, size_t count) {
  return count == hn::Lanes(d) ? hn::LoadU(d, x) : load_some(d, x, count, T{0});
}

template <class D, class V, class T>
HWY_INLINE void store_up_to(D d, V v, T* x, size_t count) {
  if (count == hn::Lanes(d)) {
    hn::StoreU(v, d, x);
  } else {
    store_some(d, v, x, count);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
