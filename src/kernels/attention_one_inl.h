#if defined(ATTUNE_KERNELS_ATTENTION_ONE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_ATTENTION_ONE_INL_H
#undef ATTUNE_KERNELS_ATTENTION_ONE_INL_H
#else
#define ATTUNE_KERNELS_ATTENTION_ONE_INL_H
#endif

// One query against all keys, for inference: nothing is packed, keys and values are read where they lie, each once.
// Internal to this folder; compiled once for each instruction set, inside the files that include it.

#include <hwy/highway.h>

#include "kernels/attention.h"
#include "kernels/lanes_inl.h"
#include "kernels/sigmoid_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The dot products of `query` with kKeys keys that lie `stride` apart.
template <size_t kKeys, class T>
HWY_INLINE void dot_keys(const T* query, const T* key, size_t stride, size_t n, T* out) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<hn::ScalableTag<T>> sums[kKeys];
#pragma GCC unroll 4
  for (size_t k = 0; k < kKeys; ++k) sums[k] = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto q = hn::LoadU(d, query + i);
#pragma GCC unroll 4
    for (size_t k = 0; k < kKeys; ++k) sums[k] = hn::MulAdd(q, hn::LoadU(d, key + k * stride + i), sums[k]);
  }
  if (i < n) {
    const auto q = load_some(d, query + i, n - i, T{0});
    for (size_t k = 0; k < kKeys; ++k) {
      sums[k] = hn::MulAdd(q, load_some(d, key + k * stride + i, n - i, T{0}), sums[k]);
    }
  }
#pragma GCC unroll 4
  for (size_t k = 0; k < kKeys; ++k) out[k] = hn::GetLane(hn::SumOfLanes(d, sums[k]));
}

// output[0 .. kVectors vectors) = factor * the sum of weights[j] * value j; `last` of the lanes of the last vector
// count.
template <size_t kVectors, class T>
HWY_INLINE void mix_values(const T* weights, size_t keys, const T* value, size_t stride, T factor, T* output) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<hn::ScalableTag<T>> sums[kVectors];
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (size_t j = 0; j < keys; ++j, value += stride) {
    const auto weight = hn::Set(d, weights[j]);
#pragma GCC unroll 8
    for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::MulAdd(weight, hn::LoadU(d, value + v * lanes), sums[v]);
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < kVectors; ++v) hn::StoreU(hn::Mul(sums[v], hn::Set(d, factor)), d, output + v * lanes);
}

// The logits of the query, in scratch; returns their maximum.
template <class T>
HWY_INLINE T logits_of_one(const AttentionInputs<T>& in, T* logits) {
  const size_t keys = in.key.rows, n = in.key.columns;
  size_t j = 0;
  for (; j + 4 <= keys; j += 4)
    dot_keys<4>(in.query.data, in.key.data + j * in.key.stride, in.key.stride, n, logits + j);
  for (; j < keys; ++j) dot_keys<1>(in.query.data, in.key.data + j * in.key.stride, in.key.stride, n, logits + j);
  T largest = hn::GetLane(hn::Neg(hn::Inf(hn::ScalableTag<T>())));
  for (j = 0; j < keys; ++j) {
    logits[j] = logits[j] * in.scale + (in.bias.data != nullptr ? in.bias.data[j] : T{0});
    if (!(logits[j] <= largest)) largest = logits[j];
  }
  return largest;
}

// The weights in place; returns what they are to be multiplied by.
template <class T>
HWY_INLINE T weights_of_one(const AttentionInputs<T>& in, T* logits, T largest) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d), keys = in.key.rows;
  const bool is_softmax = in.weighting == Weighting::kSoftmax;
  const bool is_masked = largest == hn::GetLane(hn::Neg(hn::Inf(d)));
  const auto shift = hn::Set(d, is_masked ? T{0} : largest);
  auto sum = hn::Zero(d);
  for (size_t j = 0; j < keys; j += lanes) {
    const size_t count = at_most(keys - j, lanes);
    auto w = load_up_to(d, logits + j, count);
    w = is_softmax ? exp_of(d, hn::Sub(w, shift)) : hn::Mul(w, sigmoid_of(d, w));
    sum = hn::Add(sum, count < lanes ? hn::IfThenElseZero(hn::FirstN(d, count), w) : w);
    store_up_to(d, w, logits + j, count);
  }
  if (!is_softmax) return in.silu_scale;
  return is_masked ? T{0} : T{1} / hn::GetLane(hn::SumOfLanes(d, sum));
}

template <class T>
void of_one(const AttentionInputs<T>& in, T* output, T* scratch) {
  constexpr size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const size_t keys = in.key.rows, columns = in.value.columns, stride = in.value.stride;
  const T factor = weights_of_one(in, scratch, logits_of_one(in, scratch));
  const T* values = in.value.data;
  size_t i = 0;
  for (; i + 8 * kLanes <= columns; i += 8 * kLanes) {
    mix_values<8>(scratch, keys, values + i, stride, factor, output + i);
  }
  for (; i + 4 * kLanes <= columns; i += 4 * kLanes) {
    mix_values<4>(scratch, keys, values + i, stride, factor, output + i);
  }
  for (; i + kLanes <= columns; i += kLanes) mix_values<1>(scratch, keys, values + i, stride, factor, output + i);
  for (; i < columns; ++i) {
    T sum = 0;
    for (size_t j = 0; j < keys; ++j) sum += scratch[j] * values[j * stride + i];
    output[i] = factor * sum;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
