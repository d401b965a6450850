#include "kernels/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/every_isa.h"

namespace attune::kernels {
namespace {

std::uint16_t bits(Bf16 value) { return static_cast<std::uint16_t>(value); }

TEST(Bf16Values, AreTheNearestWithTiesToEven) {
  EXPECT_EQ(bits(to_bf16(1.0f)), 0x3f80);
  EXPECT_EQ(bits(to_bf16(-2.0f)), 0xc000);
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x3f808000u))),
            0x3f80);  // a tie, to the even one below
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x3f818000u))),
            0x3f82);  // a tie, to the even one above
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x3f808001u))), 0x3f81);
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x3f817fffu))), 0x3f81);
  EXPECT_EQ(bits(to_bf16(std::bit_cast<float>(0x7f7fffffu))),
            0x7f80);  // the largest float is nearer to infinity
  EXPECT_EQ(bits(to_bf16(-0.0f)), 0x8000);
}

TEST(Bf16Values, KeepNan) {
  for (const std::uint32_t nan : {0x7f800001u, 0x7fc00000u, 0xff80ffffu, 0xffffffffu}) {
    EXPECT_TRUE(std::isnan(to_float(to_bf16(std::bit_cast<float>(nan))))) << nan;
  }
}

// What rounding n values gives for one that the scalar form rounds so: VDPBF16PS and its companions take denormal
// numbers for zero.
std::uint16_t rounded(float value) {
  const bool flushed = bf16_products() != Bf16Products::kPromoted && std::fpclassify(value) == FP_SUBNORMAL;
  return bits(to_bf16(flushed ? std::copysign(0.0F, value) : value));
}

// Every upper half with lower halves around the places where rounding turns.
TEST(Bf16Values, AgreeWithTheScalarFormOnEveryIsaAtEveryLength) {
  std::vector<float> from;
  for (std::uint32_t upper = 0; upper < 0x10000u; ++upper) {
    for (const std::uint32_t lower : {0x0u, 0x1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      from.push_back(std::bit_cast<float>(upper << 16 | lower));
    }
  }
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<Bf16> to(from.size());
    std::vector<float> back(from.size());
    to_bf16(from.data(), to.data(), from.size());
    to_float(to.data(), back.data(), to.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      ASSERT_EQ(bits(to[i]), rounded(from[i])) << i;
      ASSERT_EQ(std::bit_cast<std::uint32_t>(back[i]), std::uint32_t{bits(to[i])} << 16) << i;
    }
    for (std::size_t n = 0; n < 70; ++n) {
      std::vector<Bf16> some(n + 2, Bf16{7});
      std::vector<float> promoted(n + 2, 7);
      to_bf16(from.data() + 300001, some.data() + 1, n);
      to_float(some.data() + 1, promoted.data() + 1, n);
      EXPECT_EQ(bits(some[0]) + bits(some[n + 1]), 14);
      EXPECT_EQ(promoted[0] + promoted[n + 1], 14);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ(bits(some[i + 1]), rounded(from[300001 + i]));
        EXPECT_EQ(std::bit_cast<std::uint32_t>(promoted[i + 1]), std::uint32_t{bits(some[i + 1])} << 16);
      }
    }
  });
}

}  // namespace
}  // namespace attune::kernels
