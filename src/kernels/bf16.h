#pragma once

#include <cstddef>
#include <cstdint>

namespace attune::kernels {

// A number in bfloat16: the upper half of a float, so its range with 8 bits of precision. Only storage and the factors
// of products; sums are float.
enum class Bf16 : std::uint16_t {};

// What the factors of products are: float as they come (or double), or rounded to bf16 first. Sums are float either
// way.
enum class Products { kFloat, kBf16 };

// To the nearest, ties to even; what is too large becomes infinite; NaN stays NaN.
constexpr Bf16 to_bf16(float value) noexcept {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<Bf16>(bits >> 16 | 0x40u);
  return static_cast<Bf16>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

constexpr float to_float(Bf16 value) noexcept {
  return __builtin_bit_cast(float, std::uint32_t{static_cast<std::uint16_t>(value)} << 16);
}

// The same for n values of any alignment; `to` may not overlap `from`. Where the CPU has VDPBF16PS, to_bf16 takes
// denormal numbers for zero, as that instruction does.
void to_bf16(const float* from, Bf16* to, std::size_t n) noexcept;
void to_float(const Bf16* from, float* to, std::size_t n) noexcept;

}  // namespace attune::kernels
