#include "kernels/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/reference.h"

namespace attune::kernels {
namespace {

template <class T>
class TopKOf : public testing::Test {
 protected:
  static constexpr T kInf = std::numeric_limits<T>::infinity();
  static constexpr T kNan = std::numeric_limits<T>::quiet_NaN();

  static void expect_same(const std::vector<typename TopK<T>::Entry>& got,
                          const std::vector<typename TopK<T>::Entry>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].index, expected[i].index) << "rank " << i;
      ASSERT_EQ(got[i].value, expected[i].value) << "rank " << i;
    }
  }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(TopKOf, Types);

TYPED_TEST(TopKOf, AgreesWithSortingWhenManyTie) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(3);
    for (std::size_t n = 0; n < 200; ++n) {
      std::vector<TypeParam> x(n);
      for (TypeParam& value : x) value = static_cast<TypeParam>(rng.below(12)) - 6;
      for (const std::size_t k : {1, 2, 7, 50, 300}) {
        TopK<TypeParam> top(k);
        top.offer(x, 0);
        this->expect_same(top.take(), reference::top_k(x.data(), n, k));
      }
    }
  });
}

TYPED_TEST(TopKOf, AgreesWithSortingOverManyPieces) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(5);
    std::vector<TypeParam> x(5000);
    for (TypeParam& value : x) value = static_cast<TypeParam>(rng.normal());
    TopK<TypeParam> top(50);
    for (std::size_t first = 0; first < x.size();) {
      const std::size_t count = std::min<std::size_t>(rng.below(300), x.size() - first);
      top.offer(std::span<const TypeParam>(x).subspan(first, count), static_cast<std::uint32_t>(first));
      first += count;
    }
    this->expect_same(top.take(), reference::top_k(x.data(), x.size(), 50));
  });
}

TYPED_TEST(TopKOf, OrderOfOfferingDoesNotMatter) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(9);
    std::vector<TypeParam> x(300);
    for (TypeParam& value : x) value = static_cast<TypeParam>(rng.below(20));
    TopK<TypeParam> backwards(25), pieces(25);
    for (std::size_t i = x.size(); i-- > 0;) backwards.offer(x[i], static_cast<std::uint32_t>(i));
    for (std::size_t first = x.size(); first >= 60; first -= 60) {
      pieces.offer(std::span<const TypeParam>(x).subspan(first - 60, 60), static_cast<std::uint32_t>(first - 60));
    }
    const auto expected = reference::top_k(x.data(), x.size(), 25);
    this->expect_same(backwards.take(), expected);
    this->expect_same(pieces.take(), expected);
  });
}

TYPED_TEST(TopKOf, NanAndMinusInfinityAreNeverKept) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TypeParam> x(70, -this->kInf);
    x[3] = this->kNan;
    x[40] = -5;
    x[69] = this->kInf;
    TopK<TypeParam> top(10);
    top.offer(x, 100);
    this->expect_same(top.take(), {{this->kInf, 169}, {TypeParam{-5}, 140}});
  });
}

TYPED_TEST(TopKOf, NothingIsKeptOfZero) {
  TopK<TypeParam> top(0);
  const std::vector<TypeParam> x{1, 2, 3};
  top.offer(x, 0);
  top.offer(TypeParam{9}, 9);
  EXPECT_TRUE(top.take().empty());
}

TYPED_TEST(TopKOf, TakingEmptiesItForTheNextRow) {
  TopK<TypeParam> top(2);
  std::vector<TypeParam> x{1, 2, 3};
  top.offer(x, 0);
  std::vector<typename TopK<TypeParam>::Entry> out;
  top.take(out);
  this->expect_same(out, {{TypeParam{3}, 2}, {TypeParam{2}, 1}});
  top.offer(std::span<const TypeParam>(x).first(1), 0);
  top.take(out);
  this->expect_same(out, {{TypeParam{1}, 0}});
}

}  // namespace
}  // namespace attune::kernels
