#include "attention/similarity_attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "attention/dense_reference.h"
#include "base/error.h"

namespace attune {
namespace {

using dense_reference::Case;
using dense_reference::Matrix;

template <class T>
std::vector<T> all_weights(const SimilarityAttention<T>& attention,
                           typename SimilarityAttention<T>::Diagonal diagonal) {
  std::vector<T> out;
  attention.for_each_block(diagonal, [&](std::size_t first, BasicMatrixView<const T> block) {
    EXPECT_EQ(first * attention.columns(), out.size()) << "blocks come in order";
    EXPECT_EQ(block.columns, attention.columns());
    for (std::size_t r = 0; r < block.rows; ++r) out.insert(out.end(), block.row(r).begin(), block.row(r).end());
  });
  EXPECT_EQ(out.size(), attention.rows() * attention.columns());
  return out;
}

template <class T>
using Lists = std::vector<std::vector<typename SimilarityAttention<T>::Entry>>;

template <class T>
Lists<T> all_top_k(const SimilarityAttention<T>& attention, std::size_t k,
                   typename SimilarityAttention<T>::Diagonal diagonal) {
  Lists<T> out;
  attention.for_each_top_k(
      k, diagonal, [&](std::size_t first, std::span<const std::vector<typename SimilarityAttention<T>::Entry>> rows) {
        EXPECT_EQ(first, out.size()) << "blocks come in order";
        out.insert(out.end(), rows.begin(), rows.end());
      });
  EXPECT_EQ(out.size(), attention.rows());
  return out;
}

// `tolerance` is relative to the weight: an error e of a logit changes its weight by a factor of exp(e).
template <class T>
void expect_agreement(const Case<T>& c, double tolerance) {
  ThreadPool pool(2);
  const auto attention = c.make(pool);
  const Matrix expected = dense_reference::attention(c);
  const std::vector<T> weights = all_weights(attention, c.diagonal());
  for (std::size_t i = 0; i < c.n; ++i) {
    for (std::size_t j = 0; j < c.m; ++j) {
      ASSERT_NEAR(weights[i * c.m + j], static_cast<double>(expected[i][j]),
                  tolerance * static_cast<double>(expected[i][j]))
          << i << ", " << j;
    }
  }
  for (const std::size_t k : {std::size_t{1}, std::size_t{10}, c.m + 5}) {
    const Lists<T> lists = all_top_k(attention, k, c.diagonal());
    for (std::size_t i = 0; i < c.n; ++i) {
      const auto left = static_cast<std::size_t>(
          std::count_if(expected[i].begin(), expected[i].end(), [](long double weight) { return weight > 0; }));
      ASSERT_EQ(lists[i].size(), std::min(k, left));
      std::vector<long double> sorted(expected[i]);
      std::sort(sorted.rbegin(), sorted.rend());
      for (std::size_t rank = 0; rank < lists[i].size(); ++rank) {
        const auto& entry = lists[i][rank];
        const auto exact = static_cast<double>(expected[i][entry.index]);
        ASSERT_NEAR(entry.value, exact, tolerance * exact) << i << ", " << entry.index;
        // Two keys whose weights are closer than rounding may change places.
        ASSERT_NEAR(exact, static_cast<double>(sorted[rank]), tolerance * exact);
        if (rank > 0) {
          ASSERT_GE(lists[i][rank - 1].value, entry.value);
        }
      }
    }
  }
}

std::vector<double> worked_users() {
  return {1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0};
}

std::vector<double> identity() {
  std::vector<double> v(25);
  for (std::size_t i = 0; i < 5; ++i) v[i * 6] = 1;
  return v;
}

TEST(WorkedExample, AttentionIsExact) {
  const std::vector<double> u = worked_users(), v = identity();
  ThreadPool pool(1);
  const SimilarityAttention<double> attention({u.data(), 5, 5}, {v.data(), 5, 5}, {}, {}, pool);
  const double a1 = .40460967519169, a2 = .148847581202078, b1 = .322202491322402, b2 = .118531672451732,
               c1 = .267683228895343, c2 = .098475156656986;
  const double expected[5][5] = {
      {a1, a2, a2, a2, a2}, {b1, b1, b2, b2, b2}, {c1, c1, c1, c2, c2}, {a1, a2, a2, a2, a2}, {a1, a2, a2, a2, a2}};
  const auto weights = all_weights(attention, SimilarityAttention<double>::Diagonal::kKeep);
  for (std::size_t i = 0; i < 25; ++i) EXPECT_NEAR(weights[i], expected[i / 5][i % 5], 1e-12) << i / 5 << ", " << i % 5;
}

TEST(WorkedExample, LiteralProductIsExact) {
  const std::vector<double> u = worked_users(), v = identity();
  const std::vector<double> r{4, 3, 2, 1, 0, 3, 2, 1, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  ThreadPool pool(2);
  const SimilarityAttention<double> attention({u.data(), 5, 5}, {v.data(), 5, 5}, {}, {}, pool);
  const Ratings<double> ratings{5, 5, [&](std::size_t row, std::span<double> out) {
                                  std::copy_n(r.begin() + static_cast<std::ptrdiff_t>(row * 5), 5, out.begin());
                                }};
  std::vector<double> p;
  predict_literal<double>(attention, ratings, Unrated::kZero, [&](std::size_t, BasicMatrixView<const double> block) {
    p.insert(p.end(), block.data, block.data + block.rows * block.columns);
  });
  const double first[5] = {2.511524187979224, 1.660371769181302, .958066931585457, .40460967519169, 0};
  const double second[5] = {2.611012456612011, 1.729544129063743, .966607473967207, .322202491322402, 0};
  const double third[5] = {2.50762421671507, 1.606099373372056, .803049686686028, .267683228895343, 0};
  const double* expected[5] = {first, second, third, first, first};
  ASSERT_EQ(p.size(), 25u);
  for (std::size_t i = 0; i < 25; ++i) EXPECT_NEAR(p[i], expected[i / 5][i % 5], 1e-12) << i / 5 << ", " << i % 5;
}

template <class T>
class SimilarityAttentionOf : public testing::Test {
 protected:
  // Logits of standard normal features of width d are of size sqrt(d); each is off by some units of rounding.
  static constexpr double kTolerance = sizeof(T) == 8 ? 1e-12 : 2e-5;
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(SimilarityAttentionOf, Types);

TYPED_TEST(SimilarityAttentionOf, AgreesWithTheEquationAtOddShapes) {
  for (const auto& [n, m, d] : {std::tuple<std::size_t, std::size_t, std::size_t>{1, 1, 1},
                                {3, 700, 5},
                                {200, 37, 16},
                                {97, 513, 31},
                                {5, 256, 64}}) {
    SCOPED_TRACE(testing::Message() << n << " x " << m << " x " << d);
    expect_agreement(Case<TypeParam>(n, m, d), this->kTolerance);
  }
}

TYPED_TEST(SimilarityAttentionOf, AgreesWithScale) {
  Case<TypeParam> c(20, 300, 16);
  c.config.scale = 0.25;
  expect_agreement(c, this->kTolerance);
  c.config.scale = -0.3;
  expect_agreement(c, this->kTolerance);
}

TYPED_TEST(SimilarityAttentionOf, AgreesWithCosineAndZeroRows) {
  Case<TypeParam> c(20, 300, 16);
  c.config.similarity = Similarity::kCosine;
  c.config.scale = 5;
  std::fill_n(c.queries.begin(), 16, TypeParam{0});
  std::fill_n(c.keys.begin() + 32, 16, TypeParam{0});
  expect_agreement(c, this->kTolerance);
}

TYPED_TEST(SimilarityAttentionOf, CosineTakesAnyFiniteLength) {
  using T = TypeParam;
  const T big = std::numeric_limits<T>::max(), tiny = std::numeric_limits<T>::denorm_min();
  Case<T> c(1, 2, 2);
  c.config.similarity = Similarity::kCosine;
  c.queries = {big, big};
  c.keys = {tiny, tiny, big, -big};
  ThreadPool pool(1);
  const auto weights = all_weights(c.make(pool), c.diagonal());
  EXPECT_NEAR(weights[0], std::exp(1) / (std::exp(1) + 1), 4 * std::numeric_limits<T>::epsilon());
  EXPECT_NEAR(weights[1], 1 / (std::exp(1) + 1), 4 * std::numeric_limits<T>::epsilon());
}

TYPED_TEST(SimilarityAttentionOf, AgreesWithPriorAndItsMasks) {
  Case<TypeParam> c(30, 300, 8);
  for (std::size_t j = 0; j < c.m; ++j) c.prior.push_back(static_cast<TypeParam>(j % 5) / 2);
  expect_agreement(c, this->kTolerance);
  c.mask_diagonal = true;
  expect_agreement(c, this->kTolerance);
}

TYPED_TEST(SimilarityAttentionOf, AgreesWithMaskedDiagonalOfAnyShape) {
  for (const auto& [n, m] : {std::pair<std::size_t, std::size_t>{300, 300}, {10, 400}, {400, 10}}) {
    Case<TypeParam> c(n, m, 6);
    c.mask_diagonal = true;
    expect_agreement(c, this->kTolerance);
  }
}

TYPED_TEST(SimilarityAttentionOf, RowsMayLieApart) {
  const Case<TypeParam> c(40, 50, 6);
  std::vector<TypeParam> queries(40 * 9), keys(50 * 7);
  for (std::size_t i = 0; i < 40 * 6; ++i) queries[i / 6 * 9 + i % 6] = c.queries[i];
  for (std::size_t i = 0; i < 50 * 6; ++i) keys[i / 6 * 7 + i % 6] = c.keys[i];
  ThreadPool pool(1);
  const SimilarityAttention<TypeParam> apart({queries.data(), 40, 6, 9}, {keys.data(), 50, 6, 7}, {}, {}, pool);
  EXPECT_EQ(all_weights(apart, c.diagonal()), all_weights(c.make(pool), c.diagonal()));
}

TYPED_TEST(SimilarityAttentionOf, NoWidthIsUniform) {
  ThreadPool pool(1);
  const Case<TypeParam> c(3, 4, 0);
  EXPECT_EQ(all_weights(c.make(pool), c.diagonal()), std::vector<TypeParam>(12, TypeParam{0.25}));
  const auto lists = all_top_k(c.make(pool), 2, c.diagonal());
  for (const auto& list : lists) {
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].index, 0u) << "ties go to the lower index";
    EXPECT_EQ(list[1].index, 1u);
    EXPECT_EQ(list[0].value, TypeParam{0.25});
  }
}

TYPED_TEST(SimilarityAttentionOf, NoRowsCallNothing) {
  ThreadPool pool(1);
  const Case<TypeParam> c(0, 4, 3);
  EXPECT_TRUE(all_weights(c.make(pool), c.diagonal()).empty());
  EXPECT_TRUE(all_top_k(c.make(pool), 2, c.diagonal()).empty());
}

TYPED_TEST(SimilarityAttentionOf, NoKeysGiveEmptyRows) {
  ThreadPool pool(1);
  const Case<TypeParam> c(4, 0, 3);
  std::size_t rows = 0;
  c.make(pool).for_each_block(c.diagonal(), [&](std::size_t, BasicMatrixView<const TypeParam> block) {
    rows += block.rows;
    EXPECT_EQ(block.columns, 0u);
  });
  EXPECT_EQ(rows, 4u);
  for (const auto& list : all_top_k(c.make(pool), 2, c.diagonal())) EXPECT_TRUE(list.empty());
}

TYPED_TEST(SimilarityAttentionOf, FullyMaskedRowsAreZeros) {
  ThreadPool pool(1);
  Case<TypeParam> c(2, 1, 3);
  c.mask_diagonal = true;
  EXPECT_EQ(all_weights(c.make(pool), c.diagonal()), (std::vector<TypeParam>{0, 1}));
  EXPECT_TRUE(all_top_k(c.make(pool), 3, c.diagonal())[0].empty());
  c.prior = {0};
  EXPECT_EQ(all_weights(c.make(pool), c.diagonal()), (std::vector<TypeParam>{0, 0}));
}

TYPED_TEST(SimilarityAttentionOf, FeaturesOfTenThousandGiveNoNan) {
  Case<TypeParam> c(50, 600, 64);
  for (TypeParam& value : c.queries) value *= 10000;
  for (TypeParam& value : c.keys) value *= 10000;
  ThreadPool pool(2);
  const auto weights = all_weights(c.make(pool), c.diagonal());
  for (std::size_t i = 0; i < c.n; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < c.m; ++j) {
      ASSERT_GE(weights[i * c.m + j], 0);
      sum += weights[i * c.m + j];
    }
    ASSERT_NEAR(sum, 1, 1e-6);
  }
  for (const auto& list : all_top_k(c.make(pool), 5, c.diagonal())) {
    ASSERT_EQ(list.size(), 5u);
    for (const auto& entry : list) ASSERT_TRUE(entry.value >= 0 && entry.value <= 1);
  }
}

TYPED_TEST(SimilarityAttentionOf, TopKKeepsTheOrderOfWhatVanishes) {
  ThreadPool pool(1);
  const std::vector<TypeParam> query{1}, keys{-3000, -2000, 0, -1000, -2000};
  const SimilarityAttention<TypeParam> attention({query.data(), 1, 1}, {keys.data(), 5, 1}, {}, {}, pool);
  const auto list = all_top_k(attention, 5, SimilarityAttention<TypeParam>::Diagonal::kKeep)[0];
  std::vector<std::uint32_t> order;
  for (const auto& entry : list) order.push_back(entry.index);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 3, 1, 4, 0}));
}

TYPED_TEST(SimilarityAttentionOf, AnyNumberOfThreadsGivesTheSameBytes) {
  Case<TypeParam> c(1000, 700, 20);
  c.mask_diagonal = true;
  ThreadPool one(1);
  const auto weights = all_weights(c.make(one), c.diagonal());
  const auto lists = all_top_k(c.make(one), 20, c.diagonal());
  for (const int threads : {2, 3, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(all_weights(c.make(pool), c.diagonal()), weights) << threads;
    const auto again = all_top_k(c.make(pool), 20, c.diagonal());
    for (std::size_t i = 0; i < lists.size(); ++i) {
      ASSERT_TRUE(std::equal(lists[i].begin(), lists[i].end(), again[i].begin(), again[i].end(),
                             [](const auto& a, const auto& b) { return a.index == b.index && a.value == b.value; }))
          << threads << " threads, row " << i;
    }
  }
}

TYPED_TEST(SimilarityAttentionOf, BlocksStayWithinTheirSize) {
  ThreadPool pool(2);
  const Case<TypeParam> c(300, 40000, 1);
  std::size_t blocks = 0;
  c.make(pool).for_each_block(c.diagonal(), [&](std::size_t, BasicMatrixView<const TypeParam> block) {
    EXPECT_LE(block.rows * block.columns * sizeof(TypeParam), std::size_t{32} << 20);
    ++blocks;
  });
  EXPECT_GT(blocks, 1u);
}

template <class T>
std::string refusal(const Case<T>& c, ErrorKind kind = ErrorKind::kBadInput) {
  ThreadPool pool(1);
  try {
    c.make(pool);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return "";
}

void expect_mentions(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
}

TYPED_TEST(SimilarityAttentionOf, ValuesThatAreNotFiniteAreRefusedByPlace) {
  Case<TypeParam> c(10, 20, 3);
  c.queries[3 * 4 + 2] = std::numeric_limits<TypeParam>::quiet_NaN();
  expect_mentions(refusal(c), {"query", "row 4", "column 2", "nan"});
  c.queries[3 * 4 + 2] = 0;
  c.keys[3 * 19] = -std::numeric_limits<TypeParam>::infinity();
  expect_mentions(refusal(c), {"key", "row 19", "column 0", "-inf"});
}

TYPED_TEST(SimilarityAttentionOf, FeaturesWhoseProductOverflowsAreRefused) {
  Case<TypeParam> c(10, 20, 3);
  c.queries[7] = std::numeric_limits<TypeParam>::max() / 8;
  c.keys[4] = 1000;
  expect_mentions(refusal(c), {"query 2", "key 1", "Divide the features", "cosine"});
  c.config.similarity = Similarity::kCosine;
  ThreadPool pool(1);
  EXPECT_NO_THROW(c.make(pool));
}

TYPED_TEST(SimilarityAttentionOf, ScaleThatOverflowsIsRefused) {
  Case<TypeParam> c(10, 20, 3);
  c.config.scale = std::numeric_limits<TypeParam>::max() / 2;
  expect_mentions(refusal(c), {"scale"});
  c.config.scale = std::numeric_limits<double>::quiet_NaN();
  expect_mentions(refusal(c, ErrorKind::kUsage), {"scale is nan"});
}

TYPED_TEST(SimilarityAttentionOf, WidthsThatDifferAreRefused) {
  const std::vector<TypeParam> values(12);
  ThreadPool pool(1);
  try {
    const SimilarityAttention<TypeParam> attention({values.data(), 3, 4}, {values.data(), 4, 3}, {}, {}, pool);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    expect_mentions(error.what(), {"4 wide", "keys 3"});
  }
}

TYPED_TEST(SimilarityAttentionOf, PriorsThatCannotBeAreRefused) {
  Case<TypeParam> c(2, 3, 1);
  c.prior = {1, 1};
  expect_mentions(refusal(c), {"2 weights", "3 keys"});
  c.prior = {1, -1, 1};
  expect_mentions(refusal(c), {"weight 1", "-1"});
  c.prior = {1, 1, std::numeric_limits<TypeParam>::infinity()};
  expect_mentions(refusal(c), {"weight 2", "inf"});
}

}  // namespace
}  // namespace attune
