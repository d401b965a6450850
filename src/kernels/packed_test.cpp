#include "kernels/packed.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/matrix_for_test.h"

namespace attune::kernels {
namespace {

template <class T>
class PackedFactor : public testing::Test {};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(PackedFactor, Types);

struct Shape {
  std::size_t m, n, k;
};

TYPED_TEST(PackedFactor, GivesTheBytesOfPlainProducts) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(11);
    Packed<T> rows, columns;  // packed anew for each shape, larger and smaller
    for (const Shape shape :
         {Shape{0, 0, 0}, {3, 4, 0}, {1, 1, 1}, {5, 31, 8}, {84, 97, 40}, {29, 3, 5}, {9, 70, 600}}) {
      SCOPED_TRACE(testing::Message() << shape.m << " x " << shape.n << " x " << shape.k);
      const TestMatrix<T> a(shape.m, shape.k, 1, rng), b(shape.n, shape.k, 2, rng), bias(1, shape.n, 0, rng);
      const TestMatrix<T> turned = transposed(b), before(shape.m, shape.n, 1, rng);
      const Epilogue<T> end{.bias = bias.view.data, .activation = Activation::kSilu, .accumulate = Accumulate::kYes};
      TestMatrix<T> plain(before), from_rows(before), from_columns(before);
      gemm_nt(a.read(), b.read(), plain.view, end);
      rows.pack_rows(b.read());
      gemm(a.read(), rows, 0, from_rows.view, end);
      columns.pack_columns(turned.read());
      gemm(a.read(), columns, 0, from_columns.view, end);
      EXPECT_TRUE(same_bytes(from_rows.view, plain.view));
      EXPECT_TRUE(same_bytes(from_columns.view, plain.view));
      EXPECT_TRUE(from_rows.gaps_untouched() && from_columns.gaps_untouched());
      EXPECT_EQ(rows.k(), shape.k);
      EXPECT_EQ(columns.n(), shape.n);
    }
  });
}

TYPED_TEST(PackedFactor, ServesAnyRangeOfItsColumns) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(13);
    const TestMatrix<T> a(7, 20, 0, rng), b(77, 20, 0, rng), bias(1, 77, 0, rng);
    TestMatrix<T> whole(7, 77, 0, rng);
    gemm_nt(a.read(), b.read(), whole.view, Epilogue<T>{.bias = bias.view.data});
    Packed<T> packed;
    packed.pack_rows(b.read());
    for (std::size_t first = 0; first <= 77; ++first) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{35}, 77 - first}) {
        if (first + count > 77) continue;
        TestMatrix<T> part(7, count, 1, rng);
        gemm(a.read(), packed, first, part.view, Epilogue<T>{.bias = bias.view.data + first});
        EXPECT_TRUE(same_bytes(part.view, {whole.view.data + first, 7, count, 77})) << first << ", " << count;
        EXPECT_TRUE(part.gaps_untouched());
      }
    }
  });
}

TYPED_TEST(PackedFactor, ServesAnyRangeOfItsRows) {
  using T = TypeParam;
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(31);
    const TestMatrix<T> a(7, 77, 0, rng), b(77, 40, 0, rng);
    Packed<T> packed;
    packed.pack_columns(b.read());
    for (std::size_t first = 0; first <= 77; first += 11) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{5}, 77 - first}) {
        if (first + count > 77) continue;
        const BasicMatrixView<const T> left(a.view.data + first, 7, count, a.view.stride);
        TestMatrix<T> plain(7, 40, 1, rng), part(plain);
        gemm_nn(left, b.read().rows_from(first, count), plain.view, Accumulate::kYes);
        gemm_from_row(left, packed, first, part.view, {.accumulate = Accumulate::kYes});
        EXPECT_TRUE(same_bytes(part.view, plain.view)) << first << ", " << count;
        EXPECT_TRUE(part.gaps_untouched());
      }
    }
  });
}

TYPED_TEST(PackedFactor, WhatOneInstructionSetPackedServesAnother) {
  using T = TypeParam;
  Rng rng(17);
  const TestMatrix<T> a(9, 30, 0, rng), b(50, 30, 0, rng);
  use(supported().front());
  Packed<T> packed;
  packed.pack_rows(b.read());
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    TestMatrix<T> plain(9, 50, 0, rng), from_packed(9, 50, 0, rng);
    gemm_nt(a.read(), b.read(), plain.view, Accumulate::kNo);
    gemm(a.read(), packed, 0, from_packed.view);
    EXPECT_TRUE(same_bytes(plain.view, from_packed.view));
  });
}

TYPED_TEST(PackedFactor, IsPackedAnewInTheSamePlace) {
  using T = TypeParam;
  Rng rng(19);
  const TestMatrix<T> large(40, 30, 0, rng), small(30, 40, 0, rng);
  Packed<T> packed;
  packed.reserve(40, 40);
  const void* place = packed.panels();
  packed.pack_rows(large.read());
  packed.pack_columns(large.read());
  packed.pack_rows(small.read());
  EXPECT_EQ(packed.panels(), place);
}

TYPED_TEST(PackedFactor, Moves) {
  using T = TypeParam;
  Rng rng(23);
  const TestMatrix<T> b(10, 4, 0, rng);
  Packed<T> first;
  first.pack_rows(b.read());
  const void* place = first.panels();
  Packed<T> second(std::move(first)), third;
  third = std::move(second);
  EXPECT_EQ(third.panels(), place);
  EXPECT_EQ(third.n(), 10u);
  EXPECT_EQ(third.k(), 4u);
  EXPECT_EQ(Packed<T>().n(), 0u);
}

}  // namespace
}  // namespace attune::kernels
