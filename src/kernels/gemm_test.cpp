#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/gemm_reference.h"
#include "kernels/matrix_for_test.h"
#include "kernels/packed.h"

namespace attune::kernels {
namespace {

// Any order of n additions of products is within n units of rounding of the sum of their sizes.
template <class T>
void expect_near(const TestMatrix<T>& got, const TestMatrix<T>& expected, const TestMatrix<T>& a,
                 const TestMatrix<T>& b, const TestMatrix<T>& c) {
  for (std::size_t r = 0; r < got.view.rows; ++r) {
    for (std::size_t j = 0; j < got.view.columns; ++j) {
      double magnitude = std::abs(c.view(r, j));
      for (std::size_t i = 0; i < a.view.columns; ++i) magnitude += std::abs(double{a.view(r, i)} * b.view(j, i));
      const double bound = static_cast<double>(a.view.columns + 1) * std::numeric_limits<T>::epsilon() * magnitude;
      ASSERT_NEAR(got.view(r, j), expected.view(r, j), bound) << "element " << r << ", " << j;
    }
  }
}

template <class T>
BasicMatrixView<const T> columns_of(const TestMatrix<T>& m, std::size_t first, std::size_t count) {
  return {m.view.data + first, m.view.rows, count, m.view.stride};
}

struct Shape {
  std::size_t m, n, k, gap;
};

const Shape kShapes[] = {{0, 0, 0, 0},    {0, 5, 3, 1},     {5, 0, 3, 1},     {3, 4, 0, 2},    {1, 1, 1, 0},
                         {1, 33, 7, 1},   {5, 31, 8, 3},    {6, 16, 64, 0},   {7, 17, 65, 5},  {13, 32, 63, 0},
                         {14, 48, 1, 1},  {15, 95, 31, 2},  {29, 3, 5, 7},    {84, 97, 40, 1}, {97, 70, 129, 3},
                         {2, 40, 300, 0}, {31, 15, 257, 1}, {600, 2, 128, 0}, {9, 21, 530, 1}, {100, 18, 1100, 0}};

template <class T>
class Gemm : public testing::Test {};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Gemm, Types);

TYPED_TEST(Gemm, AgreesWithReferenceAtOddShapesAndStrides) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(11);
    for (const Shape shape : kShapes) {
      SCOPED_TRACE(testing::Message() << shape.m << " x " << shape.n << " x " << shape.k);
      const TestMatrix<T> a(shape.m, shape.k, shape.gap, rng), b(shape.n, shape.k, 2 * shape.gap, rng);
      const TestMatrix<T> before(shape.m, shape.n, shape.gap, rng), columns = transposed(b), turned = transposed(a);
      for (const Accumulate add : {Accumulate::kNo, Accumulate::kYes}) {
        TestMatrix<T> nt(before), nn(before), tn(before), expected(before);
        reference::gemm_nt<T>(a.view, b.view, expected.view, {.accumulate = add});
        gemm_nt(a.read(), b.read(), nt.view, add);
        expect_near(nt, expected, a, b, before);
        gemm_nn(a.read(), columns.read(), nn.view, add);
        EXPECT_TRUE(same_bytes(nn.view, nt.view));
        gemm_tn(turned.read(), columns.read(), tn.view, add);
        expect_near(tn, expected, a, b, before);
        EXPECT_TRUE(nt.gaps_untouched() && nn.gaps_untouched() && tn.gaps_untouched());
      }
    }
  });
}

TYPED_TEST(Gemm, CutsOfAProductHaveTheBytesOfTheWhole) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(13);
    for (const std::size_t k : {5, 64, 300, 700}) {
      const TestMatrix<T> a(97, k, 1, rng), b(115, k, 0, rng);
      const TestMatrix<T> turned = transposed(a), b_columns = transposed(b);
      Packed<T> packed;
      packed.pack_rows(b.read());
      TestMatrix<T> whole(97, 115, 0, rng), cut(97, 115, 2, rng), cut_packed(97, 115, 3, rng),
          cut_turned(97, 115, 1, rng);
      TestMatrix<T> whole_turned(97, 115, 0, rng);
      gemm_tn(turned.read(), b_columns.read(), whole_turned.view, Accumulate::kNo);
      gemm_nt(a.read(), b.read(), whole.view, Accumulate::kNo);
      for (std::size_t row = 0; row < 97;) {
        const std::size_t rows = std::min<std::size_t>(1 + rng.below(20), 97 - row);
        for (std::size_t column = 0; column < 115;) {
          const std::size_t columns = std::min<std::size_t>(1 + rng.below(40), 115 - column);
          const auto part = [&](const TestMatrix<T>& c) {
            return BasicMatrixView<T>(&c.view(row, column), rows, columns, c.view.stride);
          };
          gemm_nt(a.read().rows_from(row, rows), b.read().rows_from(column, columns), part(cut), Accumulate::kNo);
          gemm(a.read().rows_from(row, rows), packed, column, part(cut_packed));
          gemm_tn(columns_of(turned, row, rows), columns_of(b_columns, column, columns), part(cut_turned),
                  Accumulate::kNo);
          column += columns;
        }
        row += rows;
      }
      EXPECT_TRUE(same_bytes(cut.view, whole.view)) << k;
      EXPECT_TRUE(same_bytes(cut_packed.view, whole.view)) << k;
      EXPECT_TRUE(same_bytes(cut_turned.view, whole_turned.view)) << k;
    }
  });
}

TYPED_TEST(Gemm, SpecialValuesStayInTheirRowAndColumn) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(19);
    TestMatrix<T> a(20, 33, 0, rng), b(40, 33, 0, rng), c(20, 40, 0, rng);
    a.view(4, 7) = std::numeric_limits<T>::quiet_NaN();
    b.view(31, 2) = std::numeric_limits<T>::infinity();
    gemm_nt(a.read(), b.read(), c.view, Accumulate::kNo);
    for (std::size_t r = 0; r < 20; ++r) {
      for (std::size_t j = 0; j < 40; ++j) {
        EXPECT_EQ(std::isnan(c.view(r, j)), r == 4) << r << ", " << j;
        EXPECT_EQ(std::isinf(c.view(r, j)), r != 4 && j == 31) << r << ", " << j;
      }
    }
  });
}

// Everything that an epilogue can be, against the reference; the value before the activation agrees as a sum does, and
// the activation of that very value within a few roundings.
template <class T>
void expect_epilogue(const TestMatrix<T>& a, const TestMatrix<T>& b, const Epilogue<T>& end, Rng& rng) {
  const std::size_t m = a.view.rows, n = b.view.rows;
  const TestMatrix<T> held(m, n, 1, rng);
  TestMatrix<T> got(held), sums(held), before(m, n, 2, rng), columns = transposed(b), nn(held);
  Epilogue<T> with = end, sum = end;
  with.before = before.view;
  sum.activation = Activation::kNone;
  gemm_nt(a.read(), b.read(), got.view, with);
  reference::gemm_nt<T>(a.view, b.view, sums.view, sum);
  gemm_nn(a.read(), columns.read(), nn.view, end);
  EXPECT_TRUE(same_bytes(nn.view, got.view));
  EXPECT_TRUE(got.gaps_untouched() && before.gaps_untouched());
  TestMatrix<T> magnitude(held);
  for (std::size_t r = 0; r < m; ++r) {
    for (std::size_t j = 0; j < n; ++j) {
      magnitude.view(r, j) = std::abs(held.view(r, j)) + (end.bias == nullptr ? 0 : std::abs(end.bias[j]));
      const T x = before.view(r, j), expected = reference::activation(end.activation, x);
      const T size = std::max(std::abs(x), std::abs(expected));  // a sigmoid is larger than a small x
      ASSERT_NEAR(got.view(r, j), expected, 16 * std::numeric_limits<T>::epsilon() * size) << x;
    }
  }
  expect_near(before, sums, a, b, magnitude);
}

TYPED_TEST(Gemm, EpiloguesAgreeWithReference) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(29);
    for (const Shape shape : {Shape{7, 1, 5, 0}, {3, 37, 64, 2}, {20, 64, 300, 0}, {5, 70, 0, 1}, {1, 33, 9, 0}}) {
      const TestMatrix<T> a(shape.m, shape.k, shape.gap, rng), b(shape.n, shape.k, 1, rng), bias(1, shape.n, 0, rng);
      for (const Activation kind :
           {Activation::kNone, Activation::kRelu, Activation::kSilu, Activation::kGelu, Activation::kSigmoid}) {
        for (const Accumulate add : {Accumulate::kNo, Accumulate::kYes}) {
          expect_epilogue<T>(a, b, {.bias = bias.view.data, .activation = kind, .accumulate = add}, rng);
          expect_epilogue<T>(a, b, {.activation = kind, .accumulate = add}, rng);
        }
      }
    }
  });
}

TYPED_TEST(Gemm, ActivationsKeepNanAndMeetTheirLimits) {
  using T = TypeParam;
  constexpr T kInf = std::numeric_limits<T>::infinity();
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    for (const Activation kind : {Activation::kRelu, Activation::kSilu, Activation::kGelu}) {
      std::vector<T> bias{std::numeric_limits<T>::quiet_NaN(), kInf, T{0}, T{-1e30f}, T{1e30f}, T{-100}, T{100}};
      std::vector<T> c(bias.size(), T{7});
      gemm_nt(BasicMatrixView<const T>(nullptr, 1, 0), BasicMatrixView<const T>(nullptr, c.size(), 0),
              BasicMatrixView<T>(c.data(), 1, c.size()), Epilogue<T>{.bias = bias.data(), .activation = kind});
      EXPECT_TRUE(std::isnan(c[0]));
      EXPECT_EQ(c[1], kInf);
      EXPECT_EQ(c[2], T{0});
      EXPECT_NEAR(c[3], T{0}, 1e-30);
      EXPECT_EQ(c[4], T{1e30f});
      EXPECT_NEAR(c[5], T{0}, 1e-30);
      EXPECT_EQ(c[6], T{100});
    }
  });
}

}  // namespace
}  // namespace attune::kernels
