#if defined(ATTUNE_KERNELS_ATTENTION_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_ATTENTION_ROWS_INL_H
#undef ATTUNE_KERNELS_ATTENTION_ROWS_INL_H
#else
#define ATTUNE_KERNELS_ATTENTION_ROWS_INL_H
#endif

// What attention does to a row of logits, between its products: weights forward, gradients backward. Internal to this
// folder; compiled once for each instruction set, inside the files that include it.
//
// A row has n elements that the mask shows and lies in memory that has room for whole vectors; elements from n up to
// `end` become zero, since the products read them.

#include <hwy/highway.h>

#include "kernels/dropout_inl.h"
#include "kernels/lanes_inl.h"
#include "kernels/sigmoid_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// keep[j] = what dropout multiplies element `first` + j by, 0 or the scale, for n elements and up to whole blocks.
HWY_INLINE void keep_factors(const DropoutMask& mask, std::uint64_t first, float* keep, size_t n) {
  const hn::ScalableTag<float> d;
  const auto scale = hn::Set(d, mask.scale);
  std::uint32_t word = static_cast<std::uint32_t>(first / kMaskBlock * kMaskWords);
  for (size_t j = 0; j < n; j += kMaskBlock, word += kMaskWords) {
    for (size_t i = 0; i < kMaskWords; i += hn::Lanes(d)) {
      const auto words = mask_words(mask, word + static_cast<std::uint32_t>(i));
      hn::StoreU(hn::IfThenZeroElse(dropped_high(d, mask, words), scale), d, keep + j + i);
      hn::StoreU(hn::IfThenZeroElse(dropped_low(d, mask, words), scale), d, keep + j + i + kMaskWords);
    }
  }
}

HWY_INLINE void keep_factors(const DropoutMask& mask, std::uint64_t first, double* keep, size_t n) {
  for (size_t j = 0; j < n; ++j) keep[j] = keeps(mask, first + j) ? static_cast<double>(mask.scale) : 0.0;
}

// Zeros from x[j], where a vector begins, until they reach x[end); whole vectors.
template <class T>
HWY_INLINE void zero_from(T* x, size_t j, size_t end) {
  const hn::ScalableTag<T> d;
  for (; j < end; j += hn::Lanes(d)) hn::StoreU(hn::Zero(d), d, x + j);
}

// `v` where j is below n, else zero.
template <class D, class V>
HWY_INLINE V shown(D d, V v, size_t j, size_t n) {
  return n - j >= hn::Lanes(d) ? v : hn::IfThenElseZero(hn::FirstN(d, n - j), v);
}

template <class T>
HWY_INLINE void add_row(const T* bias, T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t j = 0; j < n; j += lanes) {
    const size_t count = at_most(n - j, lanes);
    hn::StoreU(hn::Add(hn::LoadU(d, x + j), load_up_to(d, bias + j, count)), d, x + j);
  }
}

template <class T>
HWY_INLINE T largest_of(const T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto lowest = hn::Neg(hn::Inf(d));
  auto max0 = lowest, max1 = lowest;
  size_t j = 0;
  for (; j + 2 * lanes <= n; j += 2 * lanes) {
    max0 = hn::Max(hn::LoadU(d, x + j), max0);
    max1 = hn::Max(hn::LoadU(d, x + j + lanes), max1);
  }
  for (; j < n; j += lanes) {
    max0 = hn::Max(hn::IfThenElse(hn::FirstN(d, at_most(n - j, lanes)), hn::LoadU(d, x + j), lowest), max0);
  }
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(max0, max1)));
}

// In place: x[j] = exp(x[j] - largest); returns 1 / sum, or 0 for a row of nothing but -inf.
template <class T>
HWY_INLINE T exponentials(T* x, size_t n, size_t end) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const T largest = largest_of(x, n);
  if (largest == hn::GetLane(hn::Neg(hn::Inf(d)))) {
    zero_from(x, 0, end);
    return T{0};
  }
  const auto shift = hn::Set(d, largest);
  auto sum = hn::Zero(d);
  size_t j = 0;
  for (; j < n; j += lanes) {
    const auto e = shown(d, exp_of(d, hn::Sub(hn::LoadU(d, x + j), shift)), j, n);
    sum = hn::Add(sum, e);
    hn::StoreU(e, d, x + j);
  }
  zero_from(x, j, end);
  return T{1} / hn::GetLane(hn::SumOfLanes(d, sum));
}

// y[j] = x[j] * keep[j].
template <class T>
HWY_INLINE void dropped_row(const T* x, const T* keep, T* y, size_t n, size_t end) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t j = 0;
  for (; j < n; j += lanes) {
    hn::StoreU(shown(d, hn::Mul(hn::LoadU(d, x + j), hn::LoadU(d, keep + j)), j, n), d, y + j);
  }
  zero_from(y, j, end);
}

// y[j] = silu(x[j]) * keep[j]; without dropout keep is null.
template <class T>
HWY_INLINE void silu_row(const T* x, const T* keep, T* y, size_t n, size_t end) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t j = 0;
  for (; j < n; j += lanes) {
    const auto v = hn::LoadU(d, x + j);
    auto w = hn::Mul(v, sigmoid_of(d, v));
    if (keep != nullptr) w = hn::Mul(w, hn::LoadU(d, keep + j));
    hn::StoreU(shown(d, w, j, n), d, y + j);
  }
  zero_from(y, j, end);
}

// Backward of a row. On entry ds[j] is the gradient of the weight after dropout; on return that of the logit, and w[j]
// the weight after dropout.
template <class T>
struct RowGradient {
  const T* kept;  // exponentials, or logits with kSilu
  const T* keep;  // or null
  T* ds;
  T* w;
  size_t n, end;
  T factor;  // 1 / sum, or silu_scale
  T mean;    // softmax: the mean of the gradients by the weights, which is <d_output, output>
};

template <class T>
HWY_INLINE void softmax_gradient_row(const RowGradient<T>& p) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, p.factor), mean = hn::Set(d, p.mean);
  size_t j = 0;
  for (; j < p.n; j += lanes) {
    const auto weight = hn::Mul(hn::LoadU(d, p.kept + j), factor);
    auto gradient = hn::LoadU(d, p.ds + j);
    auto dropped = weight;
    if (p.keep != nullptr) {
      const auto keep = hn::LoadU(d, p.keep + j);
      gradient = hn::Mul(gradient, keep);
      dropped = hn::Mul(weight, keep);
    }
    hn::StoreU(shown(d, hn::Mul(weight, hn::Sub(gradient, mean)), j, p.n), d, p.ds + j);
    hn::StoreU(shown(d, dropped, j, p.n), d, p.w + j);
  }
  zero_from(p.ds, j, p.end);
  zero_from(p.w, j, p.end);
}

// The derivative of s g, g = sigmoid(s), is g + s g (1 - g).
template <class T>
HWY_INLINE void silu_gradient_row(const RowGradient<T>& p) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, p.factor);
  size_t j = 0;
  for (; j < p.n; j += lanes) {
    const auto s = hn::LoadU(d, p.kept + j), gate = sigmoid_of(d, s);
    auto by = factor;
    if (p.keep != nullptr) by = hn::Mul(factor, hn::LoadU(d, p.keep + j));
    const auto slope = hn::MulAdd(s, hn::NegMulAdd(gate, gate, gate), gate);
    hn::StoreU(shown(d, hn::Mul(hn::Mul(hn::LoadU(d, p.ds + j), by), slope), j, p.n), d, p.ds + j);
    hn::StoreU(shown(d, hn::Mul(hn::Mul(s, gate), by), j, p.n), d, p.w + j);
  }
  zero_from(p.ds, j, p.end);
  zero_from(p.w, j, p.end);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
