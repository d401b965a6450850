#include "kernels/cholesky.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "kernels/inverse.h"

namespace attune::kernels {
namespace {

using Values = std::vector<double>;

// B Bᵀ + I of a random B: symmetric, positive definite.
Values positive_definite(std::size_t n, std::uint64_t seed) {
  Rng rng(seed);
  Values b(n * n), a(n * n);
  for (double& value : b) value = rng.normal() / std::sqrt(static_cast<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) a[i * n + j] += b[i * n + k] * b[j * n + k];
    }
    a[i * n + i] += 1;
  }
  return a;
}

double largest_error_of_product(const Values& a, const Values& inverse, std::size_t n) {
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = i == j ? -1 : 0;
      for (std::size_t k = 0; k < n; ++k) sum += a[i * n + k] * inverse[k * n + j];
      worst = std::max(worst, std::abs(sum));
    }
  }
  return worst;
}

TEST(Cholesky, SolvesWhatItFactored) {
  for (const std::size_t n : {1, 2, 3, 7, 16, 33, 100}) {
    const Values a = positive_definite(n, n);
    Values factor = a, x(n), b(n);
    Rng rng(5);
    for (double& value : x) value = rng.normal();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) b[i] += a[i * n + j] * x[j];
    }
    ASSERT_TRUE(cholesky({factor.data(), n, n}));
    cholesky_solve(BasicMatrixView<const double>(factor.data(), n, n), b.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(b[i], x[i], 1e-12) << n;
  }
}

TEST(Cholesky, WorkedByHand) {
  Values a = {4, 0, 2, 5};  // what lies above the diagonal is not read
  ASSERT_TRUE(cholesky({a.data(), 2, 2}));
  EXPECT_EQ(a, (Values{2, 0, 1, 2}));
  Values x = {8, 14};
  forward_solve(BasicMatrixView<const double>(a.data(), 2, 2), x.data());
  EXPECT_EQ(x, (Values{4, 5}));
}

TEST(Cholesky, SaysWhenAMatrixIsNotPositiveDefinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (Values a : {Values{0, 0, 0, 0}, {1, 0, 2, 1}, {-1, 0, 0, 1}, {nan, 0, 0, 1}, {1, 0, nan, 1}}) {
    EXPECT_FALSE(cholesky({a.data(), 2, 2}));
  }
}

TEST(Inverse, TimesTheMatrixIsOneForSizesAroundBlocksAndTiles) {
  ThreadPool pool(2);
  for (const std::size_t n : {0, 1, 2, 5, 127, 128, 129, 256, 257, 300, 385}) {
    const Values a = positive_definite(n, n);
    Values inverse = a;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) inverse[i * n + j] = 7;  // the upper triangle is not read
    }
    ASSERT_TRUE(invert_positive_definite({inverse.data(), n, n}, pool));
    EXPECT_LT(largest_error_of_product(a, inverse, n), 1e-11) << n;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) ASSERT_EQ(inverse[i * n + j], inverse[j * n + i]);
    }
  }
}

TEST(Inverse, IsTheSameBytesForAnyNumberOfThreads) {
  const std::size_t n = 601;
  const Values a = positive_definite(n, 1);
  std::vector<Values> found;
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    Values inverse = a;
    ASSERT_TRUE(invert_positive_definite({inverse.data(), n, n}, pool));
    found.push_back(inverse);
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

TEST(Inverse, SaysWhenAMatrixIsNotPositiveDefinite) {
  ThreadPool pool(1);
  Values zero(9), indefinite = {1, 0, 2, 1}, singular = positive_definite(200, 3);
  EXPECT_FALSE(invert_positive_definite({zero.data(), 3, 3}, pool));
  EXPECT_FALSE(invert_positive_definite({indefinite.data(), 2, 2}, pool));
  for (std::size_t j = 0; j < 200; ++j) singular[150 * 200 + j] = 0;
  EXPECT_FALSE(invert_positive_definite({singular.data(), 200, 200}, pool));
}

}  // namespace
}  // namespace attune::kernels
