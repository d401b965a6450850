#include "kernels/dropout.h"

#include <gtest/gtest.h>

#include "kernels/every_isa.h"
#include "kernels/guarded.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kLengths = 150;

template <class T>
class Dropouts : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Dropouts, Types);

TYPED_TEST(Dropouts, KeepsWhatTheGeneratorSaysForEveryLengthAndStart) {
  using T = TypeParam;
  const DropoutMask mask = dropout_mask(0.3, 11, 5);
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      for (const std::uint64_t first :
           {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{64}, std::uint64_t{8'000'000'013}}) {
        Rng rng(n);
        Guarded<T> x(n, n % 4, rng), sum(n, n % 3, rng);
        const std::vector<T> before = x.copy(), base = sum.copy();
        add_dropout(mask, first, x.data(), sum.data(), n);
        dropout(mask, first, x.data(), n);
        for (std::size_t i = 0; i < n; ++i) {
          const T expected = keeps(mask, first + i) ? before[i] * static_cast<T>(mask.scale) : T{0};
          ASSERT_EQ(x[i], expected) << i << " of " << n << " from " << first;
          ASSERT_EQ(sum[i], base[i] + expected) << i << " of " << n << " from " << first;
        }
        ASSERT_TRUE(x.intact() && sum.intact()) << n;
      }
    }
  });
}

TYPED_TEST(Dropouts, ProbabilityZeroKeepsEverythingAsItIs) {
  using T = TypeParam;
  const DropoutMask mask = dropout_mask(0, 1, 2);
  EXPECT_FALSE(mask.drops());
  Rng rng(1);
  Guarded<T> x(100, 1, rng), sum(100, 1, rng);
  const std::vector<T> before = x.copy(), base = sum.copy();
  dropout(mask, 0, x.data(), 100);
  EXPECT_EQ(x.copy(), before);
  add_dropout(mask, 0, x.data(), sum.data(), 100);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(sum[i], base[i] + before[i]);
}

TYPED_TEST(Dropouts, ADroppedNanIsZero) {
  using T = TypeParam;
  const DropoutMask mask = dropout_mask(0.5, 1, 2);
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<T> x(77, std::numeric_limits<T>::quiet_NaN());
    dropout(mask, 3, x.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(std::isnan(x[i]), keeps(mask, 3 + i));
  });
}

// A share of n fair draws lies within five standard deviations of its probability.
void expect_share(std::size_t hits, std::size_t n, double probability) {
  const double expected = probability * static_cast<double>(n);
  EXPECT_NEAR(static_cast<double>(hits), expected, 5 * std::sqrt(expected * (1 - probability)));
}

TEST(DropoutMasks, DropTheShareThatWasAsked) {
  constexpr std::size_t kDraws = 200'000;
  for (const double probability : {0.001, 0.1, 0.2, 0.5, 0.9}) {
    for (std::uint64_t stream = 0; stream < 4; ++stream) {
      const DropoutMask mask = dropout_mask(probability, 42, stream);
      std::size_t dropped = 0;
      for (std::size_t i = 0; i < kDraws; ++i) dropped += !keeps(mask, i);
      expect_share(dropped, kDraws, probability);
    }
  }
}

TEST(DropoutMasks, ElementsStreamsAndSeedsAreIndependent) {
  constexpr std::size_t kDraws = 200'000;
  const DropoutMask mask = dropout_mask(0.3, 42, 7);
  const DropoutMask other_stream = dropout_mask(0.3, 42, 8), other_seed = dropout_mask(0.3, 43, 7);
  for (const std::size_t distance : {1, 2, 8, 16, 32, 64, 4096}) {
    std::size_t both = 0;
    for (std::size_t i = 0; i < kDraws; ++i) both += !keeps(mask, i) && !keeps(mask, i + distance);
    expect_share(both, kDraws, 0.09);
  }
  for (const DropoutMask& other : {other_stream, other_seed}) {
    for (const std::size_t shift : {0, 1, 16, 32}) {
      std::size_t both = 0;
      for (std::size_t i = 0; i < kDraws; ++i) both += !keeps(mask, i) && !keeps(other, i + shift);
      expect_share(both, kDraws, 0.09);
    }
  }
}

TEST(DropoutMasks, AFixedElementIsDroppedByItsShareOfStreams) {
  constexpr std::size_t kStreams = 100'000;
  for (const std::uint64_t index : {0, 1, 17, 1000}) {
    std::size_t dropped = 0;
    for (std::size_t stream = 0; stream < kStreams; ++stream) dropped += !keeps(dropout_mask(0.2, 9, stream), index);
    expect_share(dropped, kStreams, 0.2);
  }
}

TEST(DropoutMasks, TheScaleIsThatOfTheRoundedProbability) {
  EXPECT_EQ(dropout_mask(0.5, 1, 1).scale, 2.0F);
  EXPECT_EQ(dropout_mask(0.25, 1, 1).scale, static_cast<float>(4.0 / 3.0));
  EXPECT_FLOAT_EQ(dropout_mask(0.2, 1, 1).scale, static_cast<float>(65536.0 / (65536 - 13107)));
}

}  // namespace
}  // namespace attune::kernels
