#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "attention/dense_reference.h"
#include "attention/similarity_attention.h"
#include "base/error.h"

namespace attune {
namespace {

using dense_reference::Case;
using dense_reference::Matrix;

enum class Form { kLiteral, kUserUser, kItemItem };

template <class T>
struct RatingCase {
  std::size_t users, items;
  std::vector<T> values;  // NaN and 0 where there is no rating

  RatingCase(std::size_t users_, std::size_t items_, double share_rated) : users(users_), items(items_) {
    Rng rng(5);
    for (std::size_t i = 0; i < users * items; ++i) {
      const bool rated = rng.uniform() < share_rated;
      values.push_back(rated ? static_cast<T>(1 + rng.below(5)) : i % 2 ? T{0} : std::numeric_limits<T>::quiet_NaN());
    }
  }

  T operator()(std::size_t user, std::size_t item) const { return values[user * items + item]; }
  Ratings<T> rows() const {
    return {users, items, [this](std::size_t row, std::span<T> out) {
              std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(row * items), items, out.begin());
            }};
  }
};

template <class T>
std::vector<T> predict(Form form, const Case<T>& c, const Ratings<T>& ratings, Unrated unrated, int threads) {
  ThreadPool pool(threads);
  const auto attention = c.make(pool);
  std::vector<T> out;
  const PredictionBlock<T> keep = [&](std::size_t first, BasicMatrixView<const T> block) {
    EXPECT_EQ(first * block.columns, out.size());
    for (std::size_t r = 0; r < block.rows; ++r) out.insert(out.end(), block.row(r).begin(), block.row(r).end());
  };
  if (form == Form::kLiteral) predict_literal<T>(attention, ratings, unrated, keep);
  if (form == Form::kUserUser) predict_user_user<T>(attention, c.diagonal(), ratings, unrated, keep);
  if (form == Form::kItemItem) predict_item_item<T>(attention, c.diagonal(), ratings, unrated, keep);
  return out;
}

template <class T>
std::vector<double> expected_predictions(Form form, const Case<T>& c, const RatingCase<T>& r, Unrated unrated) {
  const Matrix s = dense_reference::logits(c);
  std::vector<double> out;
  for (std::size_t user = 0; user < r.users; ++user) {
    for (std::size_t item = 0; item < r.items; ++item) {
      const auto value = form == Form::kItemItem
                             ? dense_reference::blend(s[item], unrated, [&](std::size_t i) { return r(user, i); })
                             : dense_reference::blend(s[user], unrated, [&](std::size_t w) { return r(w, item); });
      out.push_back(static_cast<double>(value));
    }
  }
  return out;
}

template <class T>
class Predictions : public testing::Test {
 protected:
  static constexpr double kTolerance = sizeof(T) == 8 ? 1e-12 : 5e-5;

  void expect_agreement(Form form, const Case<T>& c, const RatingCase<T>& r, Unrated unrated) {
    const std::vector<T> got = predict(form, c, r.rows(), unrated, 2);
    const std::vector<double> expected = expected_predictions(form, c, r, unrated);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(std::isnan(got[i]), std::isnan(expected[i])) << "cell " << i / r.items << ", " << i % r.items;
      if (!std::isnan(expected[i])) {
        ASSERT_NEAR(got[i], expected[i], kTolerance * std::abs(expected[i]))
            << "cell " << i / r.items << ", " << i % r.items;
      }
    }
  }

  void expect_agreement_of_all_forms(std::size_t users, std::size_t items, double share_rated,
                                     double size_of_features) {
    for (const Unrated unrated : {Unrated::kZero, Unrated::kMissing}) {
      for (const bool mask : {false, true}) {
        SCOPED_TRACE(testing::Message() << (unrated == Unrated::kMissing ? "missing" : "zero")
                                        << (mask ? ", masked" : ""));
        const RatingCase<T> r(users, items, share_rated);
        Case<T> by_user(users, users, 7), by_item(items, items, 7, 2);
        for (Case<T>* c : {&by_user, &by_item}) {
          c->mask_diagonal = mask;
          c->config.scale = size_of_features;
        }
        expect_agreement(Form::kUserUser, by_user, r, unrated);
        expect_agreement(Form::kItemItem, by_item, r, unrated);
      }
    }
  }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Predictions, Types);

TYPED_TEST(Predictions, AgreeWithTheEquations) {
  this->expect_agreement_of_all_forms(90, 60, 0.2, 1);
  this->expect_agreement_of_all_forms(7, 310, 0.05, 1);
  this->expect_agreement_of_all_forms(300, 5, 0.3, 1);
}

TYPED_TEST(Predictions, AgreeWhereHardlyAnythingIsRated) { this->expect_agreement_of_all_forms(40, 30, 0.02, 1); }

TYPED_TEST(Predictions, LiteralAgreesWithTheEquation) {
  const RatingCase<TypeParam> r(70, 70, 0.3);
  for (const Unrated unrated : {Unrated::kZero, Unrated::kMissing}) {
    this->expect_agreement(Form::kLiteral, Case<TypeParam>(70, 70, 9), r, unrated);
  }
}

TYPED_TEST(Predictions, KeysWithAPriorOfZeroAreLeftOut) {
  const RatingCase<TypeParam> r(60, 50, 0.05);
  Case<TypeParam> by_user(60, 60, 3), by_item(50, 50, 3);
  for (std::size_t i = 0; i < 60; ++i) by_user.prior.push_back(i % 3 == 0 ? TypeParam{0} : TypeParam{2});
  for (std::size_t i = 0; i < 50; ++i) by_item.prior.push_back(i % 3 == 0 ? TypeParam{0} : TypeParam{2});
  for (const Unrated unrated : {Unrated::kZero, Unrated::kMissing}) {
    this->expect_agreement(Form::kUserUser, by_user, r, unrated);
    this->expect_agreement(Form::kItemItem, by_item, r, unrated);
  }
}

// A quarter of the keys is so near that the weights of all others vanish beside theirs, and yet these others, among
// which there are near and far ones, must decide where none of the quarter is rated.
TYPED_TEST(Predictions, MissingIsNormalisedOverWhatIsRatedHoweverFarItIs) {
  using T = TypeParam;
  const std::size_t n = 60;
  const RatingCase<T> r(n, n, 0.1);
  Case<T> c(n, n, 1);
  for (std::size_t i = 0; i < n; ++i) {
    c.queries[i] = 1;
    // Multiples of 1/8, so that float holds the same logits as the reference.
    c.keys[i] = static_cast<T>(i % 4 == 0 ? 1000 + i : i % 4 == 1 ? i * 7 % n : 0.125 * static_cast<double>(i * 7 % n));
  }
  for (const bool mask : {false, true}) {
    c.mask_diagonal = mask;
    this->expect_agreement(Form::kUserUser, c, r, Unrated::kMissing);
    this->expect_agreement(Form::kItemItem, c, r, Unrated::kMissing);
  }
}

TYPED_TEST(Predictions, FeaturesOfTenThousandStillPredictFromWhatIsRated) {
  using T = TypeParam;
  const RatingCase<T> r(50, 50, 0.5);
  Case<T> c(50, 50, 8);
  for (T& value : c.queries) value *= 10000;
  for (T& value : c.keys) value *= 10000;
  for (const Form form : {Form::kLiteral, Form::kUserUser, Form::kItemItem}) {
    for (const T value : predict(form, c, r.rows(), Unrated::kMissing, 2))
      ASSERT_TRUE(value >= 1 && value <= 5) << value;
  }
}

TYPED_TEST(Predictions, AloneAndMaskedNothingIsKnown) {
  const RatingCase<TypeParam> r(1, 1, 1);
  Case<TypeParam> c(1, 1, 2);
  c.mask_diagonal = true;
  for (const Form form : {Form::kUserUser, Form::kItemItem}) {
    for (const Unrated unrated : {Unrated::kZero, Unrated::kMissing}) {
      const auto got = predict(form, c, r.rows(), unrated, 1);
      ASSERT_EQ(got.size(), 1u);
      EXPECT_TRUE(std::isnan(got[0]));
    }
  }
}

TYPED_TEST(Predictions, AnyNumberOfThreadsGivesTheSameBytes) {
  const RatingCase<TypeParam> r(400, 300, 0.02);
  Case<TypeParam> by_user(400, 400, 8), by_item(300, 300, 8);
  by_user.config.scale = by_item.config.scale = 20;  // so that some weights vanish
  for (const auto& [form, c] : {std::pair(Form::kUserUser, &by_user), {Form::kItemItem, &by_item}}) {
    const auto one = predict(form, *c, r.rows(), Unrated::kMissing, 1);
    for (const int threads : {2, 5}) {
      const auto more = predict(form, *c, r.rows(), Unrated::kMissing, threads);
      for (std::size_t i = 0; i < one.size(); ++i) {
        ASSERT_TRUE(one[i] == more[i] || (std::isnan(one[i]) && std::isnan(more[i]))) << i;
      }
    }
  }
}

TYPED_TEST(Predictions, RowsOfRatingsAreReadOncePerBlock) {
  const RatingCase<TypeParam> r(500, 20, 0.5);
  for (const Form form : {Form::kUserUser, Form::kItemItem}) {
    const std::size_t n = form == Form::kUserUser ? r.users : r.items;
    std::atomic<std::size_t> reads = 0;
    const Ratings<TypeParam> counted{r.users, r.items, [&](std::size_t row, std::span<TypeParam> out) {
                                       ++reads;
                                       r.rows().row(row, out);
                                     }};
    predict(form, Case<TypeParam>(n, n, 2), counted, Unrated::kMissing, 2);
    EXPECT_EQ(reads, r.users);
  }
}

TYPED_TEST(Predictions, NothingComesOfNothing) {
  const RatingCase<TypeParam> none(0, 0, 1), no_users(0, 4, 1);
  for (const Form form : {Form::kLiteral, Form::kUserUser, Form::kItemItem}) {
    EXPECT_TRUE(predict(form, Case<TypeParam>(0, 0, 2), none.rows(), Unrated::kMissing, 1).empty());
  }
  EXPECT_TRUE(predict(Form::kItemItem, Case<TypeParam>(4, 4, 2), no_users.rows(), Unrated::kZero, 1).empty());
}

template <class T>
void expect_refused(Form form, const Case<T>& c, const Ratings<T>& ratings, std::initializer_list<const char*> parts) {
  try {
    predict(form, c, ratings, Unrated::kZero, 2);
    ADD_FAILURE() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    const std::string message = error.what();
    for (const char* part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
  }
}

TYPED_TEST(Predictions, LiteralOfAnotherShapePointsToTheOtherForms) {
  const RatingCase<TypeParam> r(6, 4, 1);
  expect_refused(Form::kLiteral, Case<TypeParam>(6, 4, 2), r.rows(), {"6 users", "4 items", "user-user", "item-item"});
}

TYPED_TEST(Predictions, CountsThatDoNotFitAreRefused) {
  const RatingCase<TypeParam> r(6, 4, 1);
  expect_refused(Form::kLiteral, Case<TypeParam>(4, 4, 2), r.rows(), {"6 rows", "expected 4"});
  expect_refused(Form::kLiteral, Case<TypeParam>(6, 6, 2), r.rows(), {"4 columns", "expected 6"});
  expect_refused(Form::kUserUser, Case<TypeParam>(4, 4, 2), r.rows(), {"6 rows", "expected 4"});
  expect_refused(Form::kUserUser, Case<TypeParam>(6, 4, 2), r.rows(), {"6 rows", "4 columns"});
  expect_refused(Form::kItemItem, Case<TypeParam>(6, 6, 2), r.rows(), {"4 columns", "expected 6"});
  expect_refused(Form::kItemItem, Case<TypeParam>(4, 6, 2), r.rows(), {"4 rows", "6 columns"});
}

TYPED_TEST(Predictions, InfiniteRatingsAreRefusedByPlace) {
  RatingCase<TypeParam> r(6, 4, 1);
  r.values[4 * 5 + 3] = std::numeric_limits<TypeParam>::infinity();
  expect_refused(Form::kUserUser, Case<TypeParam>(6, 6, 2), r.rows(), {"row 5", "column 3", "inf"});
  expect_refused(Form::kItemItem, Case<TypeParam>(4, 4, 2), r.rows(), {"row 5", "column 3", "inf"});
}

}  // namespace
}  // namespace attune
