#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/reference.h"

namespace attune::kernels {
namespace {

// A matrix whose rows lie apart; what lies between them and after is NaN, and must stay so.
template <class T>
struct Matrix {
  std::vector<T> values;
  BasicMatrixView<T> view;

  Matrix(std::size_t rows, std::size_t columns, std::size_t gap, Rng& rng)
      : values(rows * (columns + gap) + 1, std::numeric_limits<T>::quiet_NaN()),
        view(values.data() + 1, rows, columns, columns + gap) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (T& value : view.row(r)) value = static_cast<T>(rng.normal());
    }
  }
  Matrix(const Matrix& other) : values(other.values), view(other.view) { view.data = values.data() + 1; }

  BasicMatrixView<const T> read() const { return view; }

  bool gaps_untouched() const {
    for (std::size_t i = 1; i < values.size(); ++i) {
      if ((i - 1) % view.stride >= view.columns && !std::isnan(values[i])) return false;
    }
    return std::isnan(values[0]);
  }
};

template <class T>
bool same_bytes(BasicMatrixView<T> a, BasicMatrixView<T> b) {
  for (std::size_t r = 0; r < a.rows; ++r) {
    if (a.columns > 0 && std::memcmp(a.row(r).data(), b.row(r).data(), a.columns * sizeof(T)) != 0) return false;
  }
  return true;
}

template <class T>
Matrix<T> transposed(const Matrix<T>& m) {
  Rng rng(0);
  Matrix<T> out(m.view.columns, m.view.rows, 3, rng);
  for (std::size_t r = 0; r < m.view.rows; ++r) {
    for (std::size_t c = 0; c < m.view.columns; ++c) out.view(c, r) = m.view(r, c);
  }
  return out;
}

// Any order of n additions of products is within n units of rounding of the sum of their sizes.
template <class T>
void expect_near(const Matrix<T>& got, const Matrix<T>& expected, const Matrix<T>& a, const Matrix<T>& b,
                 const Matrix<T>& c) {
  for (std::size_t r = 0; r < got.view.rows; ++r) {
    for (std::size_t j = 0; j < got.view.columns; ++j) {
      double magnitude = std::abs(c.view(r, j));
      for (std::size_t i = 0; i < a.view.columns; ++i) magnitude += std::abs(double{a.view(r, i)} * b.view(j, i));
      const double bound = static_cast<double>(a.view.columns + 1) * std::numeric_limits<T>::epsilon() * magnitude;
      ASSERT_NEAR(got.view(r, j), expected.view(r, j), bound) << "element " << r << ", " << j;
    }
  }
}

struct Shape {
  std::size_t m, n, k, gap;
};

const Shape kShapes[] = {{0, 0, 0, 0},    {0, 5, 3, 1},     {5, 0, 3, 1},    {3, 4, 0, 2},    {1, 1, 1, 0},
                         {1, 33, 7, 1},   {5, 31, 8, 3},    {6, 16, 64, 0},  {7, 17, 65, 5},  {13, 32, 63, 0},
                         {14, 48, 1, 1},  {15, 95, 31, 2},  {29, 3, 5, 7},   {84, 97, 40, 1}, {97, 70, 129, 3},
                         {2, 40, 300, 0}, {31, 15, 257, 1}, {600, 2, 128, 0}};

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
      const Matrix<T> a(shape.m, shape.k, shape.gap, rng), b(shape.n, shape.k, 2 * shape.gap, rng);
      const Matrix<T> before(shape.m, shape.n, shape.gap, rng), columns = transposed(b);
      for (const Accumulate add : {Accumulate::kNo, Accumulate::kYes}) {
        Matrix<T> nt(before), nn(before), expected(before);
        reference::gemm_nt<T>(a.view, b.view, expected.view, add);
        gemm_nt(a.read(), b.read(), nt.view, add);
        expect_near(nt, expected, a, b, before);
        gemm_nn(a.read(), columns.read(), nn.view, add);
        EXPECT_TRUE(same_bytes(nn.view, nt.view));
        EXPECT_TRUE(nt.gaps_untouched() && nn.gaps_untouched());
      }
      Matrix<T> plain(before), packed(before);
      gemm_nt(a.read(), b.read(), plain.view, Accumulate::kNo);
      gemm_nt(a.read(), PackedRows<T>(b.read()), 0, packed.view);
      EXPECT_TRUE(same_bytes(packed.view, plain.view));
      EXPECT_TRUE(packed.gaps_untouched());
    }
  });
}

TYPED_TEST(Gemm, CutsOfAProductHaveTheBytesOfTheWhole) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(13);
    for (const std::size_t k : {5, 64, 200}) {
      const Matrix<T> a(97, k, 1, rng), b(115, k, 0, rng);
      const PackedRows<T> packed(b.read());
      Matrix<T> whole(97, 115, 0, rng), cut(97, 115, 2, rng), cut_packed(97, 115, 3, rng);
      gemm_nt(a.read(), b.read(), whole.view, Accumulate::kNo);
      for (std::size_t row = 0; row < 97;) {
        const std::size_t rows = std::min<std::size_t>(1 + rng.below(20), 97 - row);
        for (std::size_t column = 0; column < 115;) {
          const std::size_t columns = std::min<std::size_t>(1 + rng.below(40), 115 - column);
          const auto part = [&](const Matrix<T>& c) {
            return BasicMatrixView<T>(&c.view(row, column), rows, columns, c.view.stride);
          };
          gemm_nt(a.read().rows_from(row, rows), b.read().rows_from(column, columns), part(cut), Accumulate::kNo);
          gemm_nt(a.read().rows_from(row, rows), packed, column, part(cut_packed));
          column += columns;
        }
        row += rows;
      }
      EXPECT_TRUE(same_bytes(cut.view, whole.view)) << k;
      EXPECT_TRUE(same_bytes(cut_packed.view, whole.view)) << k;
    }
  });
}

TYPED_TEST(Gemm, RowsPackedOnOneInstructionSetServeAnother) {
  using T = TypeParam;
  Rng rng(17);
  const Matrix<T> a(9, 30, 0, rng), b(50, 30, 0, rng);
  use(supported().front());
  const PackedRows<T> packed(b.read());
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Matrix<T> plain(9, 50, 0, rng), from_packed(9, 50, 0, rng);
    gemm_nt(a.read(), b.read(), plain.view, Accumulate::kNo);
    gemm_nt(a.read(), packed, 0, from_packed.view);
    EXPECT_TRUE(same_bytes(plain.view, from_packed.view));
  });
}

TYPED_TEST(Gemm, SpecialValuesStayInTheirRowAndColumn) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(19);
    Matrix<T> a(20, 33, 0, rng), b(40, 33, 0, rng), c(20, 40, 0, rng);
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

TYPED_TEST(Gemm, PackedRowsMove) {
  using T = TypeParam;
  Rng rng(23);
  const Matrix<T> b(10, 4, 0, rng);
  PackedRows<T> first(b.read());
  const T* data = first.data();
  PackedRows<T> second(std::move(first)), third;
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.rows(), 10u);
  EXPECT_EQ(third.columns(), 4u);
  EXPECT_EQ(PackedRows<T>().rows(), 0u);
}

}  // namespace
}  // namespace attune::kernels
