#if defined(ATTUNE_KERNELS_GEMM_EPILOGUE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_GEMM_EPILOGUE_INL_H
#undef ATTUNE_KERNELS_GEMM_EPILOGUE_INL_H
#else
#define ATTUNE_KERNELS_GEMM_EPILOGUE_INL_H
#endif

// What is left to do with a piece of C once its sums are complete. Internal to this folder; compiled once for each
// instruction set, inside the files that include it.

#include <hwy/highway.h>

#include "kernels/exp_inl.h"
#include "kernels/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// x / (1 + exp(-x))
template <class D, class V>
HWY_INLINE V silu_of(D d, V x) {
  return hn::Div(x, hn::Add(hn::Set(d, hn::TFromD<D>{1}), exp_of(d, hn::Neg(x))));
}

// x / 2 * (1 + tanh(u)) is x / (1 + exp(-2 u)).
template <class D, class V>
HWY_INLINE V gelu_of(D d, V x) {
  using T = hn::TFromD<D>;
  const auto cubed = hn::Mul(hn::Mul(x, x), x);
  const auto u = hn::MulAdd(cubed, hn::Set(d, static_cast<T>(0.044715)), x);
  const auto minus_twice = hn::Mul(u, hn::Set(d, static_cast<T>(-2 * 0.79788456080286535588)));
  return hn::Div(x, hn::Add(hn::Set(d, T{1}), exp_of(d, minus_twice)));
}

// Max would lose a NaN on some targets.
template <class D, class V>
HWY_INLINE V relu_of(D d, V x) {
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
}

template <class D, class V>
HWY_INLINE V activated(D d, Activation activation, V x) {
  switch (activation) {
    case Activation::kRelu:
      return relu_of(d, x);
    case Activation::kSilu:
      return silu_of(d, x);
    case Activation::kGelu:
      return gelu_of(d, x);
    case Activation::kSigmoid:
      return hn::Div(hn::Set(d, hn::TFromD<D>{1}), hn::Add(hn::Set(d, hn::TFromD<D>{1}), exp_of(d, hn::Neg(x))));
    case Activation::kNone:
      break;
  }
  return x;
}

// x[0 .. n) becomes activation(x), and `before`, unless null, what x was.
template <class T>
HWY_INLINE void finish_row(Activation activation, T* x, T* before, size_t n) {
  const hn::ScalableTag<T> d;
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const auto v = hn::LoadU(d, x + i);
    if (before != nullptr) hn::StoreU(v, d, before + i);
    hn::StoreU(activated(d, activation, v), d, x + i);
  }
  if (i == n) return;
  HWY_ALIGN T rest[kLanes] = {};
  for (size_t j = i; j < n; ++j) {
    rest[j - i] = x[j];
    if (before != nullptr) before[j] = x[j];
  }
  hn::Store(activated(d, activation, hn::Load(d, rest)), d, rest);
  for (size_t j = i; j < n; ++j) x[j] = rest[j - i];
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
