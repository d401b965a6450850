#include "kernels/norm.h"

#include <gtest/gtest.h>

#include "kernels/complex_step.h"
#include "kernels/every_isa.h"
#include "kernels/guarded.h"
#include "kernels/norm_reference.h"

namespace attune::kernels {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t kWidths = 70;  // past two vectors of 64 bytes of floats
constexpr std::size_t kRows = 3;
constexpr double kEpsilon = 1e-5;

enum class Kind { kLayer, kRms };

// Three rows of a width that begin at any address, with weights and an upstream gradient.
template <class T>
struct NormCase {
  std::size_t width;
  Guarded<T> x, gain, shift, dy;

  NormCase(std::size_t columns, std::size_t offset, Rng rng)
      : width(columns),
        x(kRows * columns, offset, rng),
        gain(columns, offset, rng),
        shift(columns, offset, rng),
        dy(kRows * columns, offset, rng) {}

  BasicMatrixView<const T> rows(const Guarded<T>& values) const { return {values.data(), kRows, width}; }
  NormWeights<T> weights() const { return {gain.data(), shift.data()}; }
};

template <class T>
struct NormResult {
  Guarded<T> y, dx, d_gain, d_shift, mean, rstd;

  NormResult(std::size_t width, std::size_t offset, Rng rng)
      : y(kRows * width, offset, rng),
        dx(kRows * width, offset, rng),
        d_gain(width, offset, rng),
        d_shift(width, offset, rng),
        mean(kRows, offset, rng),
        rstd(kRows, offset, rng) {}

  bool intact() const {
    return y.intact() && dx.intact() && d_gain.intact() && d_shift.intact() && mean.intact() && rstd.intact();
  }
};

template <class T>
void run(Kind kind, const NormCase<T>& c, NormResult<T>& out, Accumulate add) {
  const BasicMatrixView<T> y(out.y.data(), kRows, c.width), dx(out.dx.data(), kRows, c.width);
  const NormMoments<T> moments{out.mean.data(), out.rstd.data()};
  const NormMoments<const T> kept{out.mean.data(), out.rstd.data()};
  const NormGradients<T> gradients{out.d_gain.data(), out.d_shift.data()};
  const T epsilon = static_cast<T>(kEpsilon);
  if (kind == Kind::kLayer) {
    layer_norm(c.rows(c.x), c.weights(), epsilon, y, moments);
    layer_norm_backward(c.rows(c.x), c.weights(), kept, c.rows(c.dy), dx, add, gradients);
  } else {
    rms_norm(c.rows(c.x), c.weights(), epsilon, y, moments);
    rms_norm_backward(c.rows(c.x), c.weights(), kept, c.rows(c.dy), dx, add, gradients);
  }
}

// <dy, y> as a function of all inputs behind one another.
template <class S>
S loss(Kind kind, const std::vector<S>& inputs, const std::vector<double>& dy, std::size_t width) {
  const S *x = inputs.data(), *gain = x + kRows * width, *shift = gain + width;
  S sum = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    std::vector<S> y(width);
    if (kind == Kind::kLayer) {
      reference::layer_norm(x + r * width, gain, shift, S(kEpsilon), y.data(), width);
    } else {
      reference::rms_norm(x + r * width, gain, S(kEpsilon), y.data(), width);
    }
    for (std::size_t i = 0; i < width; ++i) sum += y[i] * dy[r * width + i];
  }
  return sum;
}

template <class T>
std::vector<double> joined(std::initializer_list<std::vector<T>> parts) {
  std::vector<double> all;
  for (const std::vector<T>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

template <class T>
class Norms : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Norms, Types);

TYPED_TEST(Norms, ForwardAgreesWithReferenceForEveryWidth) {
  using T = TypeParam;
  const double tolerance = 40 * static_cast<double>(std::numeric_limits<T>::epsilon());
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t width = 0; width < kWidths; ++width) {
      for (const std::size_t offset : {0, 1, 3}) {
        for (const Kind kind : {Kind::kLayer, Kind::kRms}) {
          NormCase<T> c(width, offset, Rng(width));
          NormResult<T> out(width, offset, Rng(2));
          run(kind, c, out, Accumulate::kNo);
          std::vector<double> expected(kRows * width);
          const auto x = joined({c.x.copy()}), gain = joined({c.gain.copy()}), shift = joined({c.shift.copy()});
          for (std::size_t r = 0; r < kRows; ++r) {
            double* y = expected.data() + r * width;
            if (kind == Kind::kLayer) {
              reference::layer_norm(x.data() + r * width, gain.data(), shift.data(), kEpsilon, y, width);
            } else {
              reference::rms_norm(x.data() + r * width, gain.data(), kEpsilon, y, width);
            }
          }
          // A row of one value less its mean is nothing but rounding, which rstd makes large.
          ASSERT_LT(relative_error(out.y.copy(), expected), width < 3 ? 1e3 * tolerance : tolerance) << width;
          ASSERT_TRUE(out.intact()) << width;
        }
      }
    }
  });
}

TYPED_TEST(Norms, BackwardMatchesComplexStepForEveryWidth) {
  using T = TypeParam;
  const double tolerance = sizeof(T) == 8 ? 1e-10 : 2e-5;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (std::size_t width = 3; width < kWidths; width += width < 20 ? 1 : 7) {
      for (const Kind kind : {Kind::kLayer, Kind::kRms}) {
        NormCase<T> c(width, width % 4, Rng(width));
        NormResult<T> out(width, width % 4, Rng(2));
        for (std::size_t i = 0; i < width; ++i) out.d_gain[i] = out.d_shift[i] = 0;
        run(kind, c, out, Accumulate::kNo);
        const auto dy = joined({c.dy.copy()});
        std::vector<double> expected =
            complex_step_gradient([&](const std::vector<Complex>& z) { return loss(kind, z, dy, width); },
                                  joined({c.x.copy(), c.gain.copy(), c.shift.copy()}));
        ASSERT_LT(relative_error(joined({out.dx.copy(), out.d_gain.copy(), out.d_shift.copy()}), expected), tolerance)
            << width;
        ASSERT_TRUE(out.intact()) << width;
      }
    }
  });
}

TYPED_TEST(Norms, BackwardAddsWhereAsked) {
  using T = TypeParam;
  const double tolerance = 20 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const Kind kind : {Kind::kLayer, Kind::kRms}) {
    const NormCase<T> c(37, 1, Rng(3));
    NormResult<T> fresh(37, 1, Rng(4)), added(37, 1, Rng(4));
    const std::vector<T> before = added.dx.copy();
    run(kind, c, fresh, Accumulate::kNo);
    run(kind, c, added, Accumulate::kYes);
    for (std::size_t i = 0; i < before.size(); ++i) {
      ASSERT_NEAR(added.dx[i], before[i] + fresh.dx[i], tolerance * (1 + std::abs(added.dx[i])));
    }
    EXPECT_EQ(added.d_gain.copy(), fresh.d_gain.copy());  // both began with the same values and were added to
  }
}

TYPED_TEST(Norms, ARowOfEqualValuesBecomesTheShift) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    NormCase<T> c(24, 1, Rng(3));
    for (std::size_t i = 0; i < c.x.size(); ++i) c.x[i] = 2;
    NormResult<T> out(24, 1, Rng(4));
    run(Kind::kLayer, c, out, Accumulate::kNo);
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(out.y[i], c.shift[i]);
  });
}

TYPED_TEST(Norms, ANanStaysInItsRow) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    NormCase<T> c(24, 1, Rng(3));
    c.x[30] = std::numeric_limits<T>::quiet_NaN();
    NormResult<T> out(24, 1, Rng(4));
    run(Kind::kLayer, c, out, Accumulate::kNo);
    for (std::size_t i = 0; i < c.x.size(); ++i) EXPECT_EQ(std::isnan(out.y[i]), i / 24 == 1) << i;
  });
}

}  // namespace
}  // namespace attune::kernels
