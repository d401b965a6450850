#include "kernels/activation.h"

#include <gtest/gtest.h>

#include "kernels/activation_reference.h"
#include "kernels/complex_step.h"
#include "kernels/every_isa.h"
#include "kernels/guarded.h"

namespace attune::kernels {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t kLengths = 70;
constexpr Activation kAll[] = {Activation::kNone, Activation::kRelu, Activation::kSilu, Activation::kGelu,
                               Activation::kSigmoid};

// The derivative of f at x, exact to rounding.
template <class F>
double slope(F&& f, double x) {
  return f(Complex(x, 1e-50)).imag() / 1e-50;
}

template <class T>
class Activations : public testing::Test {
 protected:
  static constexpr double kEps = std::numeric_limits<T>::epsilon();
  static constexpr double kGradient = sizeof(T) == 8 ? 1e-10 : 1e-6;

  // Calls body(n, offset, rng) on every instruction set, for every length and some offsets.
  template <class Body>
  void for_each_length(Body&& body) {
    on_every_isa([&](Isa isa) {
      SCOPED_TRACE(isa_name(isa));
      for (std::size_t n = 0; n < kLengths; ++n) {
        for (const std::size_t offset : {0, 1, 3}) {
          Rng rng(100 * n + offset);
          body(n, offset, rng);
        }
      }
    });
  }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Activations, Types);

TYPED_TEST(Activations, AgreeWithReferenceForEveryLength) {
  using T = TypeParam;
  this->for_each_length([&](std::size_t n, std::size_t offset, Rng& rng) {
    for (const Activation kind : kAll) {
      Guarded<T> x(n, offset, rng), y(n, offset, rng);
      for (std::size_t i = 0; i < n; ++i) x[i] *= 3;
      activate(kind, x.data(), y.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        const double expected = reference::activate(kind, static_cast<double>(x[i]));
        // An exponent of up to 100, which GELU's cubic reaches, is itself rounded three times; each rounding is half as
        // many units in the last place of its exp. What is too small for a normal number is 0.
        const double smallest = 16.0 * static_cast<double>(std::numeric_limits<T>::min());
        ASSERT_NEAR(y[i], expected, 150 * this->kEps * std::abs(expected) + smallest) << x[i] << " of " << n;
      }
      ASSERT_TRUE(y.intact()) << n;
    }
  });
}

TYPED_TEST(Activations, BackwardMatchesComplexStepForEveryLength) {
  using T = TypeParam;
  this->for_each_length([&](std::size_t n, std::size_t offset, Rng& rng) {
    for (const Activation kind : kAll) {
      Guarded<T> x(n, offset, rng), y(n, offset, rng), dy(n, offset, rng), dx(n, offset, rng);
      activate(kind, x.data(), y.data(), n);
      const bool from_output = kind == Activation::kRelu || kind == Activation::kSigmoid;
      activate_backward(kind, from_output ? y.data() : x.data(), dy.data(), dx.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        const double expected =
            static_cast<double>(dy[i]) * slope([&](Complex z) { return reference::activate(kind, z); }, x[i]);
        ASSERT_NEAR(dx[i], expected, this->kGradient * (1 + std::abs(expected))) << x[i] << " of " << n;
      }
      ASSERT_TRUE(dx.intact()) << n;
    }
  });
}

TYPED_TEST(Activations, HugeValuesReachTheirLimits) {
  using T = TypeParam;
  const T huge = static_cast<T>(1e30);
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const Activation kind : kAll) {
      if (kind == Activation::kNone) continue;  // has no limits
      const T x[] = {huge, -huge, 0}, ones[] = {1, 1, 1};
      T y[3], dx[3];
      activate(kind, x, y, 3);
      const bool bounded = kind == Activation::kSigmoid;
      EXPECT_EQ(y[0], bounded ? 1 : huge);
      EXPECT_NEAR(y[1], 0, 1e-29);  // x sigmoid(x), where the sigmoid stops at about 1e-61 in double
      EXPECT_EQ(y[2], bounded ? T(0.5) : T(0));
      const bool from_output = kind == Activation::kRelu || bounded;
      activate_backward(kind, from_output ? y : x, ones, dx, 3);
      EXPECT_EQ(dx[0], bounded ? 0 : 1);
      EXPECT_NEAR(dx[1], 0, 1e-50);
    }
  });
}

TYPED_TEST(Activations, NanGivesNan) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const Activation kind : kAll) {
      std::vector<T> x(19, std::numeric_limits<T>::quiet_NaN()), y(19);
      activate(kind, x.data(), y.data(), x.size());
      for (const T value : y) EXPECT_TRUE(std::isnan(value));
    }
  });
}

TYPED_TEST(Activations, SwigluAndItsGradientsAgreeForEveryLength) {
  using T = TypeParam;
  this->for_each_length([&](std::size_t n, std::size_t offset, Rng& rng) {
    Guarded<T> gate(n, offset, rng), value(n, offset, rng), dy(n, offset, rng), y(n, offset, rng);
    Guarded<T> d_gate(n, offset, rng), d_value(n, offset, rng);
    swiglu({gate.data(), value.data()}, y.data(), n);
    swiglu_backward({gate.data(), value.data()}, dy.data(), {d_gate.data(), d_value.data()}, n);
    for (std::size_t i = 0; i < n; ++i) {
      const double g = gate[i], v = value[i], up = dy[i];
      ASSERT_NEAR(y[i], reference::swiglu(g, v), 16 * this->kEps * (1e-3 + std::abs(reference::swiglu(g, v))));
      const double by_gate = up * slope([&](Complex z) { return reference::swiglu(z, Complex(v)); }, g);
      const double by_value = up * slope([&](Complex z) { return reference::swiglu(Complex(g), z); }, v);
      ASSERT_NEAR(d_gate[i], by_gate, this->kGradient * (1 + std::abs(by_gate))) << n;
      ASSERT_NEAR(d_value[i], by_value, this->kGradient * (1 + std::abs(by_value))) << n;
    }
    ASSERT_TRUE(y.intact() && d_gate.intact() && d_value.intact()) << n;
  });
}

TYPED_TEST(Activations, GatedResidualAndItsGradientsAgreeForEveryLength) {
  using T = TypeParam;
  this->for_each_length([&](std::size_t n, std::size_t offset, Rng& rng) {
    Guarded<T> x(n, offset, rng), gate(n, offset, rng), value(n, offset, rng), dy(n, offset, rng), y(n, offset, rng);
    Guarded<T> d_gate(n, offset, rng), d_value(n, offset, rng);
    gated_residual(x.data(), {gate.data(), value.data()}, y.data(), n);
    gated_residual_backward({gate.data(), value.data()}, dy.data(), {d_gate.data(), d_value.data()}, n);
    for (std::size_t i = 0; i < n; ++i) {
      const double g = gate[i], v = value[i], up = dy[i], from = x[i];
      ASSERT_NEAR(y[i], reference::gated_residual(from, g, v), 16 * this->kEps * (1 + std::abs(from) + std::abs(v)));
      const auto f = [&](Complex a, Complex b) { return reference::gated_residual(Complex(from), a, b); };
      const double by_gate = up * slope([&](Complex z) { return f(z, v); }, g);
      const double by_value = up * slope([&](Complex z) { return f(g, z); }, v);
      ASSERT_NEAR(d_gate[i], by_gate, this->kGradient * (1 + std::abs(by_gate))) << n;
      ASSERT_NEAR(d_value[i], by_value, this->kGradient * (1 + std::abs(by_value))) << n;
    }
    ASSERT_TRUE(y.intact() && d_gate.intact() && d_value.intact()) << n;
  });
}

TYPED_TEST(Activations, MayWorkInPlace) {
  using T = TypeParam;
  Rng rng(5);
  Guarded<T> x(45, 1, rng), gate(45, 1, rng), dy(45, 1, rng), out(45, 1, rng), out2(45, 1, rng);
  Guarded<T> in_place(x);
  activate(Activation::kGelu, x.data(), out.data(), 45);
  activate(Activation::kGelu, in_place.data(), in_place.data(), 45);
  EXPECT_EQ(in_place.copy(), out.copy());
  Guarded<T> gate2(gate), value2(x);
  swiglu_backward({gate.data(), x.data()}, dy.data(), {out.data(), out2.data()}, 45);
  swiglu_backward({gate2.data(), value2.data()}, dy.data(), {gate2.data(), value2.data()}, 45);
  EXPECT_EQ(gate2.copy(), out.copy());
  EXPECT_EQ(value2.copy(), out2.copy());
}

}  // namespace
}  // namespace attune::kernels
