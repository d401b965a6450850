#include "kernels/adam.h"

#include <gtest/gtest.h>

#include "kernels/adam_reference.h"
#include "kernels/every_isa.h"
#include "kernels/guarded.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kLengths = 70;

template <class T>
class Adams : public testing::Test {
 protected:
  static constexpr double kEps = std::numeric_limits<T>::epsilon();
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Adams, Types);

AdamStep step_of(WeightDecay form) {
  AdamStep step;
  step.learning_rate = 0.01;
  step.beta2 = 0.98;
  step.decay = 0.1;
  step.form = form;
  step.gradient_scale = 0.7;
  step.correction1 = 1 - std::pow(step.beta1, 3);
  step.correction2 = 1 - std::pow(step.beta2, 3);
  return step;
}

TYPED_TEST(Adams, AgreesWithReferenceForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      for (const WeightDecay form : {WeightDecay::kCoupled, WeightDecay::kDecoupled}) {
        Rng rng(n);
        Guarded<T> w(n, n % 4, rng), g(n, n % 3, rng), m(n, 1, rng), v(n, 2, rng);
        for (std::size_t i = 0; i < n; ++i) v[i] = v[i] * v[i] + T(0.01);
        Guarded<T> w0(w), m0(m), v0(v);
        const AdamStep step = step_of(form);
        adam(step, w.data(), g.data(), {m.data(), v.data()}, n);
        for (std::size_t i = 0; i < n; ++i) {
          double weight = w0[i], first = m0[i], second = v0[i];
          reference::adam(step, weight, g[i], first, second);
          ASSERT_NEAR(m[i], first, 8 * this->kEps * (std::abs(m0[i]) + std::abs(g[i]))) << n;
          ASSERT_NEAR(v[i], second, 8 * this->kEps * second) << n;
          ASSERT_NEAR(w[i], weight, 8 * this->kEps * (1 + std::abs(weight))) << n;
        }
        ASSERT_TRUE(w.intact() && m.intact() && v.intact()) << n;
      }
    }
  });
}

TYPED_TEST(Adams, AParameterThatNeverHadAGradientStays) {
  using T = TypeParam;
  std::vector<T> w(20, 3), zero(20, 0), m(20, 0), v(20, 0);
  adam(AdamStep{}, w.data(), zero.data(), {m.data(), v.data()}, 20);
  EXPECT_EQ(w, std::vector<T>(20, 3));
}

TYPED_TEST(Adams, TheFirstStepMovesByTheLearningRate) {
  using T = TypeParam;
  AdamStep step;
  step.learning_rate = 0.5;
  step.epsilon = 0;
  step.correction1 = 1 - step.beta1;
  step.correction2 = 1 - step.beta2;
  std::vector<T> w(20, 3), g(20, T(0.25)), m(20, 0), v(20, 0);
  adam(step, w.data(), g.data(), {m.data(), v.data()}, 20);
  for (const T value : w) EXPECT_NEAR(value, 2.5, 10 * this->kEps);
}

TYPED_TEST(Adams, SumOfSquaresAgreesWithReferenceForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      Rng rng(n);
      Guarded<T> x(n, n % 4, rng);
      long double expected = 0;
      for (std::size_t i = 0; i < n; ++i) expected += static_cast<long double>(x[i]) * x[i];
      const double limit = static_cast<double>(expected) * 1e-14;
      ASSERT_NEAR(sum_of_squares(x.data(), n), static_cast<double>(expected), limit) << n;
    }
  });
}

TYPED_TEST(Adams, SumOfSquaresShowsWhatIsNotFinite) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const T bad : {std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()}) {
      for (std::size_t at = 0; at < 40; ++at) {
        std::vector<T> x(40, 1);
        x[at] = bad;
        EXPECT_FALSE(std::isfinite(sum_of_squares(x.data(), x.size()))) << at;
      }
    }
  });
}

TEST(AdamOfFloats, SumOfSquaresDoesNotOverflow) {
  const std::vector<float> x(10, 1e30F);
  EXPECT_NEAR(sum_of_squares(x.data(), x.size()), 1e61, 1e55);
}

TYPED_TEST(Adams, AverageAgreesWithReferenceForEveryLength) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t n = 0; n < kLengths; ++n) {
      Rng rng(n);
      Guarded<T> x(n, n % 4, rng), average(n, n % 3, rng);
      const std::vector<T> before = average.copy();
      update_average(0.99, x.data(), average.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(average[i], 0.99 * before[i] + 0.01 * x[i], 4 * this->kEps * (1 + std::abs(before[i]))) << n;
      }
      ASSERT_TRUE(average.intact()) << n;
    }
  });
}

}  // namespace
}  // namespace attune::kernels
