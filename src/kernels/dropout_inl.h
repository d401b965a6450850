#if defined(ATTUNE_KERNELS_DROPOUT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_DROPOUT_INL_H
#undef ATTUNE_KERNELS_DROPOUT_INL_H
#else
#define ATTUNE_KERNELS_DROPOUT_INL_H
#endif

// The words of a dropout mask. Internal to this folder; compiled once for each instruction set, inside the files that
// include it after Highway.
//
// Elements come in blocks of 32 that share 16 words: element j of a block reads the high half of word j % 16 if j < 16,
// else the low half. So a vector of 4, 8 or 16 lanes reads consecutive words, whatever the instruction set.

#include <hwy/highway.h>

#include <cstdint>

#include "kernels/dropout.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kMaskBlock = 32;  // elements
constexpr size_t kMaskWords = 16;  // words of them

using MaskTag = hn::ScalableTag<std::uint32_t>;

// Words [first, first + Lanes) of the mask.
HWY_INLINE hn::Vec<MaskTag> mask_words(const DropoutMask& mask, std::uint32_t first) {
  const MaskTag d;
  auto word = hn::Iota(d, first + mask.key[0]);
  word = hn::Xor(word, hn::ShiftRight<16>(word));
  word = hn::Mul(word, hn::Set(d, 0x21F0AAADu));
  word = hn::Xor(word, hn::ShiftRight<15>(word));
  word = hn::Add(word, hn::Set(d, mask.key[1]));
  word = hn::Mul(word, hn::Set(d, 0x735A2D97u));
  return hn::Xor(word, hn::ShiftRight<15>(word));
}

// Which lanes the high halves of the words drop; and the low halves.
template <class D>
HWY_INLINE hn::Mask<D> dropped_high(D d, const DropoutMask& mask, hn::Vec<MaskTag> words) {
  const hn::RebindToSigned<D> integers;
  return hn::RebindMask(d, hn::Lt(hn::BitCast(integers, words), hn::Set(integers, mask.limit)));
}

template <class D>
HWY_INLINE hn::Mask<D> dropped_low(D d, const DropoutMask& mask, hn::Vec<MaskTag> words) {
  return dropped_high(d, mask, hn::ShiftLeft<16>(words));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
