#include "kernels/gemm_bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/gemm_reference.h"
#include "kernels/matrix_for_test.h"
#include "kernels/packed.h"

namespace attune::kernels {
namespace {

// A matrix of numbers that bf16 holds, in float and in bf16; what lies between the rows is NaN in both.
struct Factor16 {
  TestMatrix<float> wide;
  std::vector<Bf16> values;

  Factor16(std::size_t rows, std::size_t columns, std::size_t gap, Rng& rng)
      : Factor16(TestMatrix<float>(rows, columns, gap, rng)) {}
  explicit Factor16(TestMatrix<float> m) : wide(m), values(m.values.size()) {
    for (float& value : wide.values) value = to_float(to_bf16(value));
    to_bf16(wide.values.data(), values.data(), values.size());
  }

  BasicMatrixView<const Bf16> read() const {
    return {values.data() + 1, wide.view.rows, wide.view.columns, wide.view.stride};
  }
};

// Products are exact; any order of n additions is within n units of rounding of the sum of their sizes.
void expect_near(const TestMatrix<float>& got, const TestMatrix<float>& expected, const Factor16& a, const Factor16& b,
                 const TestMatrix<float>& held) {
  for (std::size_t r = 0; r < got.view.rows; ++r) {
    for (std::size_t j = 0; j < got.view.columns; ++j) {
      double magnitude = std::abs(held.view(r, j));
      for (std::size_t i = 0; i < a.wide.view.columns; ++i) {
        magnitude += std::abs(double{a.wide.view(r, i)} * b.wide.view(j, i));
      }
      const double k = static_cast<double>(a.wide.view.columns + 2);
      ASSERT_NEAR(got.view(r, j), expected.view(r, j), k * std::numeric_limits<float>::epsilon() * magnitude)
          << "element " << r << ", " << j;
    }
  }
}

struct Shape {
  std::size_t m, n, k, gap;
};

const Shape kShapes[] = {{0, 0, 0, 0},     {3, 4, 0, 2},     {1, 1, 1, 0},     {1, 33, 7, 1},    {5, 31, 8, 3},
                         {6, 16, 64, 0},   {7, 17, 65, 5},   {14, 48, 1, 1},   {29, 3, 5, 7},    {84, 97, 41, 1},
                         {97, 70, 129, 3}, {31, 15, 515, 1}, {9, 34, 1100, 0}, {70, 300, 64, 1}, {600, 36, 96, 0}};

TEST(GemmBf16, APackedFactorServesAnyRangeOfItsRows) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(29);
    const Factor16 a(9, 131, 0, rng), b(131, 40, 0, rng);
    Packed<Bf16> packed;
    packed.pack_columns(b.read());
    for (std::size_t first = 0; first < 131; first += 26) {
      for (const std::size_t count : {std::size_t{8}, 131 - first}) {
        if (first + count > 131) continue;
        const BasicMatrixView<const Bf16> left(a.read().data + first, 9, count, a.read().stride);
        TestMatrix<float> plain(9, 40, 1, rng), part(plain);
        gemm_nn(left, b.read().rows_from(first, count), plain.view, Accumulate::kYes);
        gemm_from_row(left, packed, first, part.view, {.accumulate = Accumulate::kYes});
        EXPECT_TRUE(same_bytes(part.view, plain.view)) << first << ", " << count;
      }
    }
  });
}

TEST(GemmBf16, AgreesWithReferenceInAllForms) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(11);
    Packed<Bf16> rows, columns;
    for (const Shape shape : kShapes) {
      SCOPED_TRACE(testing::Message() << shape.m << " x " << shape.n << " x " << shape.k);
      const Factor16 a(shape.m, shape.k, shape.gap, rng), b(shape.n, shape.k, 2 * shape.gap, rng);
      const Factor16 turned(transposed(a.wide)), upright(transposed(b.wide));
      const TestMatrix<float> held(shape.m, shape.n, shape.gap, rng);
      rows.pack_rows(b.read());
      columns.pack_columns(upright.read());
      for (const Accumulate add : {Accumulate::kNo, Accumulate::kYes}) {
        TestMatrix<float> nt(held), nn(held), tn(held), by_rows(held), by_columns(held), expected(held);
        reference::gemm_nt<float>(a.wide.view, b.wide.view, expected.view, {.accumulate = add});
        gemm_nt(a.read(), b.read(), nt.view, add);
        expect_near(nt, expected, a, b, held);
        gemm_nn(a.read(), upright.read(), nn.view, add);
        gemm_tn(turned.read(), upright.read(), tn.view, add);
        gemm(a.read(), rows, 0, by_rows.view, {.accumulate = add});
        gemm(a.read(), columns, 0, by_columns.view, {.accumulate = add});
        for (const TestMatrix<float>* other : {&nn, &tn, &by_rows, &by_columns}) {
          EXPECT_TRUE(same_bytes(other->view, nt.view));
          EXPECT_TRUE(other->gaps_untouched());
        }
      }
    }
  });
}

TEST(GemmBf16, CutsOfAProductHaveTheBytesOfTheWhole) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(13);
    const Factor16 a(50, 67, 1, rng), b(77, 67, 0, rng);
    Packed<Bf16> packed;
    packed.pack_rows(b.read());
    TestMatrix<float> whole(50, 77, 0, rng), cut(50, 77, 3, rng);
    gemm_nt(a.read(), b.read(), whole.view, Accumulate::kNo);
    for (std::size_t row = 0; row < 50; row += 7) {
      for (std::size_t column = 0; column < 77; column += 13) {
        const std::size_t rows = std::min<std::size_t>(7, 50 - row), columns = std::min<std::size_t>(13, 77 - column);
        gemm(a.read().rows_from(row, rows), packed, column,
             BasicMatrixView<float>(&cut.view(row, column), rows, columns, cut.view.stride));
      }
    }
    EXPECT_TRUE(same_bytes(cut.view, whole.view));
  });
}

TEST(GemmBf16, EpilogueIsThatOfFloat) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(17);
    const Factor16 a(9, 21, 1, rng), b(35, 21, 0, rng);
    const TestMatrix<float> bias(1, 35, 0, rng);
    TestMatrix<float> got(9, 35, 2, rng), before(9, 35, 1, rng);
    gemm_nt(a.read(), b.read(), got.view,
            Epilogue<float>{.bias = bias.view.data, .activation = Activation::kGelu, .before = before.view});
    for (std::size_t r = 0; r < 9; ++r) {
      for (std::size_t j = 0; j < 35; ++j) {
        const float x = before.view(r, j), expected = reference::activation(Activation::kGelu, x);
        EXPECT_NEAR(got.view(r, j), expected, 16 * std::numeric_limits<float>::epsilon() * std::abs(x));
      }
    }
    TestMatrix<float> sums(9, 35, 0, rng);
    reference::gemm_nt<float>(a.wide.view, b.wide.view, sums.view, {.bias = bias.view.data});
    for (std::size_t r = 0; r < 9; ++r) {
      for (std::size_t j = 0; j < 35; ++j) EXPECT_NEAR(before.view(r, j), sums.view(r, j), 1e-4);
    }
  });
}

TEST(GemmBf16, SumsBeginWithTheBiasAndWhatWasThere) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(19);
    for (const std::size_t k : {21u, 64u, 97u, 600u}) {
      const Factor16 a(41, k, 1, rng), b(75, k, 0, rng);
      const TestMatrix<float> bias(1, 75, 0, rng), held(41, 75, 2, rng);
      for (const Accumulate add : {Accumulate::kNo, Accumulate::kYes}) {
        TestMatrix<float> got(held), expected(held);
        gemm_nt(a.read(), b.read(), got.view, Epilogue<float>{.bias = bias.view.data, .accumulate = add});
        reference::gemm_nt<float>(a.wide.view, b.wide.view, expected.view, {.bias = bias.view.data, .accumulate = add});
        TestMatrix<float> begin(held);  // as large as what the sums begin with
        for (std::size_t r = 0; r < 41; ++r) {
          for (std::size_t j = 0; j < 75; ++j) {
            begin.view(r, j) = std::abs(held.view(r, j)) + std::abs(bias.view.data[j]);
          }
        }
        expect_near(got, expected, a, b, begin);
        EXPECT_TRUE(got.gaps_untouched());
      }
    }
  });
}

}  // namespace
}  // namespace attune::kernels
