#include "kernels/vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/reference.h"
#include "kernels/threshold.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kLengths = 150;  // past two vectors of 64 bytes four times unrolled
constexpr double kUlps = 2;            // exp, in units of the last place; 1.3 is the worst met

template <class T>
class VectorKernels : public testing::Test {
 protected:
  static constexpr T kInf = std::numeric_limits<T>::infinity();
  static constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  static constexpr double kEps = std::numeric_limits<T>::epsilon();

  // Calls body(x, y, n) for every length and for pointers that are off any alignment; what lies past x[n) and y[n) is
  // NaN, so that a kernel which reads too far shows.
  template <class Body>
  void for_each_length(Body&& body) {
    on_every_isa([&](Isa isa) {
      SCOPED_TRACE(isa_name(isa));
      Rng rng(7);
      for (std::size_t n = 0; n < kLengths; ++n) {
        for (const std::size_t offset : {0, 1, 3}) {
          std::vector<T> x(offset + n + 40, kNan), y(x);
          for (std::size_t i = 0; i < n; ++i) {
            x[offset + i] = static_cast<T>(3 * rng.normal());
            y[offset + i] = static_cast<T>(rng.normal());
          }
          body(x.data() + offset, y.data() + offset, n);
          for (std::size_t i = offset + n; i < x.size(); ++i) {
            ASSERT_TRUE(std::isnan(x[i]) && std::isnan(y[i])) << "wrote past " << n;
          }
        }
      }
    });
  }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(VectorKernels, Types);

TYPED_TEST(VectorKernels, DotAgreesWithReferenceForEveryLength) {
  this->for_each_length([&](const TypeParam* x, const TypeParam* y, std::size_t n) {
    double magnitude = 0;
    for (std::size_t i = 0; i < n; ++i) magnitude += std::abs(static_cast<double>(x[i]) * y[i]);
    // The bound on the error of a sum of n products in any order.
    ASSERT_NEAR(dot(x, y, n), reference::dot(x, y, n), static_cast<double>(n) * this->kEps * magnitude) << n;
  });
}

TYPED_TEST(VectorKernels, AxpyAgreesWithReferenceForEveryLength) {
  this->for_each_length([&](const TypeParam* x, TypeParam* y, std::size_t n) {
    std::vector<TypeParam> expected(y, y + n), before(expected);
    reference::axpy(TypeParam{0.7}, x, expected.data(), n);
    axpy(TypeParam{0.7}, x, y, n);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_NEAR(y[i], expected[i], this->kEps * (std::abs(x[i]) + std::abs(before[i]))) << n;
    }
  });
}

TYPED_TEST(VectorKernels, AddIsExactForEveryLength) {
  this->for_each_length([&](const TypeParam* x, TypeParam* y, std::size_t n) {
    std::vector<TypeParam> expected(n), apart(n);
    for (std::size_t i = 0; i < n; ++i) expected[i] = x[i] + y[i];
    add(x, y, apart.data(), n);
    ASSERT_EQ(apart, expected) << n;
    add(x, y, y, n);
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), y)) << n;
  });
}

TYPED_TEST(VectorKernels, ScaleIsExactForEveryLength) {
  this->for_each_length([&](TypeParam* x, const TypeParam*, std::size_t n) {
    std::vector<TypeParam> expected(x, x + n);
    reference::scale(TypeParam{-1.3}, expected.data(), n);
    scale(TypeParam{-1.3}, x, n);
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), x)) << n;
  });
}

TYPED_TEST(VectorKernels, MaxIsExactForEveryLength) {
  this->for_each_length([&](TypeParam* x, const TypeParam*, std::size_t n) {
    ASSERT_EQ(max(x, n), reference::max(x, n)) << n;
    for (std::size_t i = 0; i < n; ++i) {
      const TypeParam kept = x[i];
      x[i] = 1000;
      ASSERT_EQ(max(x, n), 1000) << i << " of " << n;
      x[i] = this->kNan;
      ASSERT_TRUE(std::isnan(max(x, n))) << i << " of " << n;
      x[i] = kept;
    }
  });
}

TYPED_TEST(VectorKernels, MaxOfNothingOrOfMinusInfinitiesIsMinusInfinity) {
  const std::vector<TypeParam> x(40, -this->kInf);
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n <= x.size(); ++n) EXPECT_EQ(max(x.data(), n), -this->kInf);
  });
}

TYPED_TEST(VectorKernels, ExpShiftedAgreesWithReferenceForEveryLength) {
  this->for_each_length([&](TypeParam* x, const TypeParam*, std::size_t n) {
    std::vector<TypeParam> expected(x, x + n);
    const double sum = reference::exp_shifted(expected.data(), TypeParam{2.5}, n);
    ASSERT_NEAR(sum_exp(x, TypeParam{2.5}, n), sum, (kUlps + 2) * this->kEps * sum) << n;
    ASSERT_NEAR(exp_shifted(x, TypeParam{2.5}, n), sum, (kUlps + 2) * this->kEps * sum) << n;
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(x[i], expected[i], kUlps * this->kEps * expected[i]) << n;
  });
}

TYPED_TEST(VectorKernels, ExpIsRightOverItsWholeRange) {
  const double largest = std::log(static_cast<double>(std::numeric_limits<TypeParam>::max()));
  const double smallest = std::log(2.0 * std::numeric_limits<TypeParam>::min());
  std::vector<TypeParam> x;
  for (double value = smallest; value < largest - 0.001; value += (largest - smallest) / 20011) {
    x.push_back(static_cast<TypeParam>(value));
  }
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TypeParam> fast(x), slow(x);
    exp_shifted(fast.data(), TypeParam{0}, fast.size());
    reference::exp_shifted(slow.data(), TypeParam{0}, slow.size());
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(fast[i], slow[i], kUlps * this->kEps * slow[i]) << x[i];
  });
}

TYPED_TEST(VectorKernels, ExpHasItsLimits) {
  const TypeParam inf = this->kInf, huge = std::numeric_limits<TypeParam>::max();
  const std::vector<TypeParam> x{-inf, -huge, -1e10f, -5000, inf, huge, 1e10f, 5000, 0, this->kNan};
  const std::vector<TypeParam> expected{0, 0, 0, 0, inf, inf, inf, inf, 1, this->kNan};
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t start = 0; start < x.size(); ++start) {
      for (std::size_t copies = 1; copies < 9; ++copies) {
        std::vector<TypeParam> values(copies * 8 + 3, x[start]);
        const double sum = exp_shifted(values.data(), TypeParam{0}, values.size());
        for (const TypeParam value : values) {
          if (std::isnan(x[start])) {
            ASSERT_TRUE(std::isnan(value));
          } else {
            ASSERT_EQ(value, expected[start]) << x[start];
          }
        }
        const double whole = static_cast<double>(values.size()) * expected[start];
        if (!std::isnan(x[start]) && expected[start] != 0) {
          ASSERT_EQ(sum, whole);
        }
        if (std::isnan(x[start])) {
          ASSERT_TRUE(std::isnan(sum));
        }
      }
    }
  });
}

TYPED_TEST(VectorKernels, ExpTooSmallForANormalNumberIsZero) {
  const double smallest = std::log(static_cast<double>(std::numeric_limits<TypeParam>::min()));
  std::vector<TypeParam> x;
  for (double value = smallest - 50; value < smallest; value += 0.01) x.push_back(static_cast<TypeParam>(value));
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TypeParam> values(x);
    EXPECT_EQ(exp_shifted(values.data(), TypeParam{0}, values.size()), 0);
    EXPECT_EQ(values, std::vector<TypeParam>(x.size(), 0));
  });
}

TYPED_TEST(VectorKernels, SoftmaxAgreesWithReferenceForEveryLength) {
  this->for_each_length([&](TypeParam* x, const TypeParam*, std::size_t n) {
    if (n > 3) x[n / 2] = -this->kInf;
    std::vector<TypeParam> expected(x, x + n);
    reference::softmax(expected.data(), n);
    softmax(x, n);
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(x[i], expected[i], 8 * this->kEps * expected[i]) << n;
  });
}

TYPED_TEST(VectorKernels, SoftmaxOfHugeLogitsIsFinite) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TypeParam> x{1e30f, 1e30f, -1e30f, 3};
    softmax(x.data(), x.size());
    EXPECT_EQ(x, (std::vector<TypeParam>{0.5, 0.5, 0, 0}));
  });
}

TYPED_TEST(VectorKernels, SoftmaxOfAFullyMaskedRowIsZeros) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      std::vector<TypeParam> x(n, -this->kInf);
      softmax(x.data(), n);
      EXPECT_EQ(x, std::vector<TypeParam>(n, 0));
    }
  });
}

TYPED_TEST(VectorKernels, LogSumExpAgreesWithReferenceForEveryLength) {
  this->for_each_length([&](const TypeParam* x, const TypeParam*, std::size_t n) {
    const double expected = reference::log_sum_exp(x, n);
    if (n == 0) {
      ASSERT_EQ(log_sum_exp(x, n), -std::numeric_limits<double>::infinity());
    } else {
      ASSERT_NEAR(log_sum_exp(x, n), expected, (kUlps + 2) * this->kEps * (1 + std::abs(expected))) << n;
    }
  });
}

TYPED_TEST(VectorKernels, LogSumExpDoesNotOverflow) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    const std::vector<TypeParam> x{1e30f, 1e30f}, masked(5, -this->kInf);
    EXPECT_EQ(log_sum_exp(x.data(), 2), static_cast<double>(x[0]) + std::log(2.0));
    EXPECT_EQ(log_sum_exp(masked.data(), 5), -std::numeric_limits<double>::infinity());
  });
}

TYPED_TEST(VectorKernels, FirstAboveFindsTheFirstForEveryLength) {
  this->for_each_length([&](const TypeParam* x, const TypeParam*, std::size_t n) {
    for (const TypeParam threshold :
         {TypeParam{-20}, TypeParam{0}, TypeParam{4}, TypeParam{20}, n > 0 ? x[n - 1] : TypeParam{0}}) {
      ASSERT_EQ(first_above(x, threshold, n), reference::first_above(x, threshold, n)) << n << " above " << threshold;
    }
  });
}

TYPED_TEST(VectorKernels, FirstAbovePassesOverNan) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TypeParam> x(100, this->kNan);
    EXPECT_EQ(first_above(x.data(), -this->kInf, x.size()), x.size());
    x[77] = -1;
    EXPECT_EQ(first_above(x.data(), -this->kInf, x.size()), 77u);
  });
}

TEST(ExpShiftedToBf16, RoundsWhatTheOneInFloatGives) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(3);
    const float error = bf16_products() == Bf16Products::kPromoted ? 0 : 1e-5F;
    for (std::size_t n = 0; n < kLengths; ++n) {
      std::vector<float> x(n + 1);
      for (float& value : x) value = static_cast<float>(4 * rng.normal());
      if (n > 3) x[2] = -200;
      std::vector<float> expected(x.begin() + 1, x.end());
      std::vector<Bf16> found(n + 1, to_bf16(7));
      const double sum = exp_shifted(x.data() + 1, 1.5F, found.data(), n);
      EXPECT_NEAR(sum, exp_shifted(expected.data(), 1.5F, n), (1e-6 + error) * sum);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_GE(found[i], to_bf16(expected[i] * (1 - error))) << i << " of " << n;
        ASSERT_LE(found[i], to_bf16(expected[i] * (1 + error))) << i << " of " << n;
      }
      EXPECT_EQ(found[n], to_bf16(7)) << "wrote past " << n;
    }
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    Bf16 found;
    EXPECT_TRUE(std::isnan(exp_shifted(&nan, 0, &found, 1)));
    for (const float large : {89.5F, 1e6F, infinity}) {
      EXPECT_EQ(exp_shifted(&large, 0, &found, 1), infinity) << large;
      EXPECT_EQ(found, to_bf16(infinity)) << large;
    }
    for (const float small : {-89.0F, -1e6F, -infinity}) {
      EXPECT_LT(exp_shifted(&small, 0, &found, 1), 1e-38) << small;
      EXPECT_EQ(found, to_bf16(0)) << small;
    }
  });
}

}  // namespace
}  // namespace attune::kernels
