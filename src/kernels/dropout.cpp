#include "kernels/dropout.h"

#include <cmath>

#include "base/check.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/dropout_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

template <bool kAdd, class D, class V, class M>
HWY_INLINE void put(D d, M dropped, V scale, const float* x, float* y) {
  const auto value = hn::IfThenZeroElse(dropped, hn::Mul(hn::LoadU(d, x), scale));
  hn::StoreU(kAdd ? hn::Add(hn::LoadU(d, y), value) : value, d, y);
}

// Whole blocks, the first of which is block number `block` of the mask.
template <bool kAdd>
void drop_blocks(const DropoutMask& mask, std::uint64_t block, const float* x, float* y, size_t blocks) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto scale = hn::Set(d, mask.scale);
  for (size_t b = 0; b < blocks; ++b, x += kMaskBlock, y += kMaskBlock) {
    const std::uint32_t first = static_cast<std::uint32_t>((block + b) * kMaskWords);
    for (size_t i = 0; i < kMaskWords; i += lanes) {
      const auto words = mask_words(mask, first + static_cast<std::uint32_t>(i));
      put<kAdd>(d, dropped_high(d, mask, words), scale, x + i, y + i);
      put<kAdd>(d, dropped_low(d, mask, words), scale, x + i + kMaskWords, y + i + kMaskWords);
    }
  }
}

void drop_blocks_in_place(const DropoutMask& mask, std::uint64_t block, float* x, size_t blocks) {
  drop_blocks<false>(mask, block, x, x, blocks);
}

void drop_blocks_and_add(const DropoutMask& mask, std::uint64_t block, const float* x, float* y, size_t blocks) {
  drop_blocks<true>(mask, block, x, y, blocks);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(drop_blocks_in_place);
HWY_EXPORT(drop_blocks_and_add);

namespace {

constexpr std::uint64_t kBlock = 32, kWords = 16;

// SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t split_mix(std::uint64_t z) noexcept {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

template <class T>
T dropped(const DropoutMask& mask, std::uint64_t index, T x) noexcept {
  return keeps(mask, index) ? x * static_cast<T>(mask.scale) : T{0};
}

// How many elements from `first` on lie before the next whole block, and how many whole blocks follow.
struct Cut {
  std::size_t head, blocks;

  Cut(std::uint64_t first, std::size_t n) {
    const std::size_t before = static_cast<std::size_t>((kBlock - first % kBlock) % kBlock);
    head = before < n ? before : n;
    blocks = (n - head) / kBlock;
  }
};

}  // namespace

DropoutMask dropout_mask(double probability, std::uint64_t seed, std::uint64_t stream) noexcept {
  ATTUNE_CHECK(probability >= 0 && probability < 1);
  const long wanted = std::lround(probability * 65536);
  const long rounded = wanted < 65535 ? wanted : 65535;
  const std::uint64_t key = split_mix(split_mix(seed) ^ (stream * 0xD1342543DE82EF95u));
  DropoutMask mask;
  mask.key[0] = static_cast<std::uint32_t>(key);
  mask.key[1] = static_cast<std::uint32_t>(key >> 32);
  mask.limit = static_cast<std::int32_t>((rounded - 32768) * 65536);
  mask.scale = static_cast<float>(65536.0 / static_cast<double>(65536 - rounded));
  return mask;
}

bool keeps(const DropoutMask& mask, std::uint64_t index) noexcept {
  const std::uint64_t within = index % kBlock;
  std::uint32_t word = static_cast<std::uint32_t>(index / kBlock * kWords + within % kWords) + mask.key[0];
  word ^= word >> 16;
  word *= 0x21F0AAADu;
  word ^= word >> 15;
  word += mask.key[1];
  word *= 0x735A2D97u;
  word ^= word >> 15;
  return static_cast<std::int32_t>(within < kWords ? word : word << 16) >= mask.limit;
}

void dropout(const DropoutMask& mask, std::uint64_t first, float* x, std::size_t n) noexcept {
  if (!mask.drops()) return;
  const Cut cut(first, n);
  for (std::size_t i = 0; i < cut.head; ++i) x[i] = dropped(mask, first + i, x[i]);
  HWY_DYNAMIC_DISPATCH(drop_blocks_in_place)(mask, (first + cut.head) / kBlock, x + cut.head, cut.blocks);
  for (std::size_t i = cut.head + cut.blocks * kBlock; i < n; ++i) x[i] = dropped(mask, first + i, x[i]);
}

void dropout(const DropoutMask& mask, std::uint64_t first, double* x, std::size_t n) noexcept {
  if (!mask.drops()) return;
  for (std::size_t i = 0; i < n; ++i) x[i] = dropped(mask, first + i, x[i]);
}

void add_dropout(const DropoutMask& mask, std::uint64_t first, const float* x, float* y, std::size_t n) noexcept {
  const Cut cut(first, n);
  for (std::size_t i = 0; i < cut.head; ++i) y[i] += dropped(mask, first + i, x[i]);
  HWY_DYNAMIC_DISPATCH(drop_blocks_and_add)(mask, (first + cut.head) / kBlock, x + cut.head, y + cut.head, cut.blocks);
  for (std::size_t i = cut.head + cut.blocks * kBlock; i < n; ++i) y[i] += dropped(mask, first + i, x[i]);
}

void add_dropout(const DropoutMask& mask, std::uint64_t first, const double* x, double* y, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) y[i] += dropped(mask, first + i, x[i]);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
