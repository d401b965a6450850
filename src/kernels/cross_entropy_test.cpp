#include "kernels/cross_entropy.h"

#include <gtest/gtest.h>

#include "kernels/complex_step.h"
#include "kernels/cross_entropy_reference.h"
#include "kernels/every_isa.h"
#include "kernels/guarded.h"

namespace attune::kernels {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t kLengths = 70;

template <class T>
class CrossEntropies : public testing::Test {
 protected:
  static constexpr double kEps = std::numeric_limits<T>::epsilon();
  static constexpr double kGradient = sizeof(T) == 8 ? 1e-10 : 2e-6;
  static constexpr T kInf = std::numeric_limits<T>::infinity();
  static constexpr T kNan = std::numeric_limits<T>::quiet_NaN();

  // The log of the sum of exp of each row of a matrix of `rows`, taken in tiles of `width` columns.
  static std::vector<double> in_tiles(const T* x, std::size_t rows, std::size_t columns, std::size_t width) {
    std::vector<T> largest(rows, -kInf);
    std::vector<double> sum(rows, 0);
    for (std::size_t c = 0; c < columns; c += width) {
      const std::size_t count = std::min(width, columns - c);
      update_row_sums(BasicMatrixView<const T>(x + c, rows, count, columns), RowSums<T>{largest.data(), sum.data()});
    }
    for (std::size_t r = 0; r < rows; ++r) sum[r] = static_cast<double>(largest[r]) + std::log(sum[r]);
    return sum;
  }
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(CrossEntropies, Types);

TYPED_TEST(CrossEntropies, RowSumsInTilesAgreeWithReference) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 1; n < kLengths; ++n) {
      Rng rng(n);
      Guarded<T> x(3 * n, n % 4, rng);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] *= 5;
      for (const std::size_t width : {std::size_t{1}, std::size_t{7}, n}) {
        const std::vector<double> actual = this->in_tiles(x.data(), 3, n, width);
        for (std::size_t r = 0; r < 3; ++r) {
          double sum = 0;
          for (std::size_t i = 0; i < n; ++i) sum += std::exp(static_cast<double>(x[r * n + i]));
          ASSERT_NEAR(actual[r], std::log(sum), 8 * this->kEps * (1 + std::abs(std::log(sum)))) << n;
        }
      }
    }
  });
}

TYPED_TEST(CrossEntropies, RowSumsSkipMinusInfinityAndShowNan) {
  using T = TypeParam;
  const T inf = this->kInf;
  const std::vector<T> x{-inf, -inf, -inf, 2, -inf, 2, -inf, -inf, -inf, -inf, -inf, -inf, 1, 2, this->kNan, 1, 2, 3};
  const std::vector<double> actual = this->in_tiles(x.data(), 3, 6, 2);
  EXPECT_NEAR(actual[0], 2 + std::log(2.0), 1e-6);
  EXPECT_EQ(actual[1], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(actual[2]));
}

TYPED_TEST(CrossEntropies, GradientMatchesComplexStepForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 1; n < kLengths; ++n) {
      for (const double smoothing : {0.0, 0.1}) {
        Rng rng(n);
        Guarded<T> x(n, n % 4, rng);
        const std::vector<T> kept = x.copy();
        const std::vector<double> logits(kept.begin(), kept.end());
        const auto target = static_cast<std::uint32_t>(rng.below(n));
        const double weight = 0.37;
        const std::vector<double> expected = complex_step_gradient(
            [&](const std::vector<Complex>& z) {
              return weight * reference::smoothed_cross_entropy(z, target, smoothing);
            },
            logits);
        const T log_sum = static_cast<T>(this->in_tiles(x.data(), 1, n, 16)[0]), whole = static_cast<T>(weight);
        const T at_target = static_cast<T>(weight * (1 - smoothing));
        const std::uint32_t first = 1000, target_item = first + target;
        const BasicMatrixView<T> tile(x.data(), 1, n);
        softmax_gradient(tile, {&log_sum, &whole, static_cast<T>(smoothing / static_cast<double>(n))});
        subtract_targets(tile, &target_item, first, &at_target);
        // A catalogue of one item has a gradient of zero, but for rounding.
        if (n == 1) {
          ASSERT_NEAR(x[0], 0, this->kGradient);
        } else {
          ASSERT_LT(relative_error(x.copy(), expected), this->kGradient) << n;
        }
        ASSERT_TRUE(x.intact()) << n;
      }
    }
  });
}

TYPED_TEST(CrossEntropies, TargetsOutsideOfTheTileAreLeft) {
  using T = TypeParam;
  std::vector<T> x(12, 0);
  const std::uint32_t targets[] = {9, 10, 13, 14};
  const T weight[] = {1, 2, 3, 4};
  subtract_targets(BasicMatrixView<T>(x.data(), 4, 3, 3), targets, 10, weight);
  EXPECT_EQ(x, (std::vector<T>{0, 0, 0, -2, 0, 0, 0, 0, 0, 0, 0, 0}));
  subtract_targets(BasicMatrixView<T>(x.data(), 4, 3, 3), targets, 12, weight);
  EXPECT_EQ(x, (std::vector<T>{0, 0, 0, -2, 0, 0, 0, -3, 0, 0, 0, -4}));
}

TYPED_TEST(CrossEntropies, LogSigmoidAgreesWithReferenceForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      Rng rng(n);
      Guarded<T> x(n, n % 4, rng), y(n, n % 3, rng);
      for (std::size_t i = 0; i < n; ++i) x[i] *= 6;
      log_sigmoid(x.data(), y.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        const double v = x[i], expected = std::min(v, 0.0) - std::log1p(std::exp(-std::abs(v)));
        ASSERT_NEAR(y[i], expected, 8 * this->kEps * std::abs(expected)) << v;
      }
      ASSERT_TRUE(y.intact()) << n;
    }
    T x[] = {static_cast<T>(1e30), static_cast<T>(-1e30), this->kNan};
    log_sigmoid(x, x, 3);
    EXPECT_EQ(x[0], 0);
    EXPECT_EQ(x[1], static_cast<T>(-1e30));
    EXPECT_TRUE(std::isnan(x[2]));
  });
}

TYPED_TEST(CrossEntropies, BinaryAgreesWithReferenceForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      for (const double label : {0.0, 1.0, 0.25}) {
        Rng rng(n);
        Guarded<T> x(n, n % 4, rng);
        double expected = 0;
        std::vector<double> slopes(n);
        for (std::size_t i = 0; i < n; ++i) {
          expected += reference::binary_cross_entropy(label, static_cast<double>(x[i]));
          slopes[i] = 0.5 * reference::binary_cross_entropy(label, Complex(x[i], 1e-50)).imag() / 1e-50;
        }
        const double actual = binary_cross_entropy(static_cast<T>(label), x.data(), n);
        ASSERT_NEAR(actual, expected, 8 * this->kEps * (1e-3 + expected)) << n;
        binary_cross_entropy_gradient(static_cast<T>(label), T(0.5), x.data(), n);
        ASSERT_LT(relative_error(x.copy(), slopes), this->kGradient) << n;
        ASSERT_TRUE(x.intact()) << n;
      }
    }
  });
}

}  // namespace
}  // namespace attune::kernels
