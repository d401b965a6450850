#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace attune {
namespace {

// Computed by an implementation of the two papers in another language.
TEST(Rng, DrawsTheNumbersOfThePapers) {
  const std::array<std::pair<std::uint64_t, std::array<std::uint64_t, 3>>, 3> expected = {{
      {0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0}},
      {1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514}},
      {42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1}},
  }};
  for (const auto& [seed, numbers] : expected) {
    Rng rng(seed);
    for (const std::uint64_t number : numbers) EXPECT_EQ(rng.next(), number) << seed;
  }
}

TEST(Rng, DerivesTheSameValuesEverywhere) {
  EXPECT_EQ(Rng(42).below(1000), 83u);
  EXPECT_EQ(Rng(42).uniform(), 0.083862971059882163);
  EXPECT_EQ(Rng(42).stream(7).next(), 0x0670aa8d7124e776u);
  // The logarithm is the C library's, whose last digit may differ.
  EXPECT_NEAR(Rng(42).normal(), -0.72621913824478568, 1e-15);
}

TEST(Rng, SameSeedSameNumbers) {
  Rng one(5), two(5), other(6);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t number = one.next();
    ASSERT_EQ(number, two.next());
    differs |= number != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Rng, BelowReachesEveryNumberAlike) {
  Rng rng(1);
  for (const std::uint64_t n : {1, 2, 3, 7, 10, 64}) {
    std::vector<int> counts(n);
    const int draws = 20000 * static_cast<int>(n);
    for (int i = 0; i < draws; ++i) {
      const std::uint64_t number = rng.below(n);
      ASSERT_LT(number, n);
      ++counts[number];
    }
    // Counts deviate from 20000 with a standard deviation below 142: five of them.
    for (const int count : counts) EXPECT_NEAR(count, 20000, 710) << n;
  }
}

// Without the rejection of Lemire's method, thirds of this range would come twice as often as the others.
TEST(Rng, BelowHasNoBiasForLargeRanges) {
  Rng rng(2);
  const std::uint64_t n = 0xC000000000000000u;
  std::array<int, 3> thirds{};
  for (int i = 0; i < 60000; ++i) {
    const std::uint64_t number = rng.below(n);
    ASSERT_LT(number, n);
    ++thirds[number % 3];
  }
  for (const int count : thirds) EXPECT_NEAR(count, 20000, 600);
}

TEST(Rng, UniformHasItsMomentsAndStaysBelowOne) {
  Rng rng(3);
  const int n = 1000000;
  double sum = 0, squares = 0, least = 1, most = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.uniform();
    sum += x;
    squares += x * x;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  EXPECT_NEAR(sum / n, 0.5, 0.0015);  // five standard deviations
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.0015);
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_LT(least, 1e-4);
  EXPECT_GT(most, 1 - 1e-4);
}

TEST(Rng, NormalHasTheFirstFourMoments) {
  Rng rng(4);
  const int n = 1000000;
  std::array<double, 4> moments{};
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    double power = 1;
    for (double& moment : moments) moment += (power *= x) / n;
  }
  EXPECT_NEAR(moments[0], 0, 0.005);  // five standard deviations each
  EXPECT_NEAR(moments[1], 1, 0.0071);
  EXPECT_NEAR(moments[2], 0, 0.0194);
  EXPECT_NEAR(moments[3], 3, 0.049);
}

TEST(Rng, AStreamDoesNotDependOnWhatWasDrawn) {
  Rng rng(9);
  const std::uint64_t before = rng.stream(3).next();
  rng.normal();
  for (int i = 0; i < 100; ++i) rng.next();
  EXPECT_EQ(rng.stream(3).next(), before);
  EXPECT_NE(rng.stream(4).next(), before);
  EXPECT_NE(Rng(10).stream(3).next(), before);
}

TEST(Rng, StreamsAreIndependent) {
  const Rng rng(11);
  std::set<std::uint64_t> met;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    Rng stream = rng.stream(number);
    for (int i = 0; i < 10; ++i) met.insert(stream.next());
  }
  EXPECT_EQ(met.size(), 10000u);

  const int n = 100000;
  for (std::uint64_t number = 0; number < 5; ++number) {
    Rng one = rng.stream(number), two = rng.stream(number + 1);
    double correlation = 0;
    for (int i = 0; i < n; ++i) correlation += one.normal() * two.normal() / n;
    EXPECT_NEAR(correlation, 0, 5 / std::sqrt(n)) << number;
  }
}

}  // namespace
}  // namespace attune
