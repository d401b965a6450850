#include "models/baselines/ease.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"

namespace attune {
namespace {

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const EaseConfig& config, int threads = 2) {
  return fitted_for_test(fit_ease, dataset, config, threads);
}

TEST(Ease, TwoItemsWorkedByHand) {
  // G = [2 1; 1 1], lambda 1: the inverse of [3 1; 1 2] is [2 -1; -1 3] / 5, so B(a, b) = 1 / 3 and B(b, a) = 1 / 2.
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}}, {{"a", "b", "c"}, {}});
  const auto model = fitted(dataset, {.regularization = 1});
  const auto of_a = scores_for_test(*model, items_for_test({0})), of_b = scores_for_test(*model, items_for_test({1}));
  EXPECT_FLOAT_EQ(of_a[1], 1.0F / 3);
  EXPECT_FLOAT_EQ(of_b[0], 0.5F);
  EXPECT_EQ(of_a[0], 0);
  EXPECT_EQ(of_a[2], 0);
  EXPECT_FLOAT_EQ(model->similar(ItemIndex{0})[1], std::sqrt(1.0F / 6));
  EXPECT_EQ(model->similar(ItemIndex{0})[2], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(model->similar(ItemIndex{2})[0], -std::numeric_limits<float>::infinity());
}

TEST(Ease, ContributionsAddUpToTheScoreInBothForms) {
  const Dataset dataset = random_log_for_test(60, 40, 700, 2);
  for (const char* form : {"full", "low-rank"}) {
    const auto model = fitted(dataset, {.regularization = 5, .form = form, .rank = 8});
    const auto history = items_for_test({3, 8, 1, 20, 8});
    for (std::uint32_t item = 0; item < model->items(); ++item) {
      EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{item}), 0, 2e-6) << form << ' ' << item;
    }
  }
}

// The root mean square of the differences between the weights of two models.
double distance_of_weights(const Recommender& a, const Recommender& b) {
  double sum = 0;
  for (std::uint32_t i = 0; i < a.items(); ++i) {
    const auto of_a = scores_for_test(a, items_for_test({i})), of_b = scores_for_test(b, items_for_test({i}));
    if (!a.personal(query_for_test(items_for_test({i})))) continue;
    for (std::size_t j = 0; j < of_a.size(); ++j) sum += std::pow(double{of_a[j]} - double{of_b[j]}, 2);
  }
  return std::sqrt(sum) / static_cast<double>(a.items());
}

TEST(Ease, TheLowRankFormOfAllRanksIsTheFullOne) {
  const Dataset dataset = random_log_for_test(60, 40, 700, 3);
  const auto full = fitted(dataset, {.regularization = 5, .form = "full"});
  const auto low_rank = fitted(dataset, {.regularization = 5, .form = "low-rank", .rank = 500});
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto expected = scores_for_test(*full, items_for_test({i, i + 3}));
    const auto found = scores_for_test(*low_rank, items_for_test({i, i + 3}));
    for (std::size_t j = 0; j < expected.size(); ++j) ASSERT_NEAR(found[j], expected[j], 1e-6) << i << ' ' << j;
  }
}

TEST(Ease, TheLowRankFormOfAsManyRanksAsUsersIsTheFullOne) {
  const Dataset dataset = random_log_for_test(20, 90, 500, 4);
  const auto full = fitted(dataset, {.regularization = 5, .form = "full"});
  const auto low_rank = fitted(dataset, {.regularization = 5, .form = "low-rank", .rank = 25, .iterations = 60});
  EXPECT_LT(distance_of_weights(*full, *low_rank), 1e-6);
}

TEST(Ease, TheLowRankFormComesNearerWithEveryRank) {
  const Dataset dataset = random_log_for_test(200, 80, 3000, 6);
  const auto full = fitted(dataset, {.regularization = 10, .form = "full"});
  double before = std::numeric_limits<double>::infinity();
  for (const std::int64_t rank : {1, 5, 20, 40, 60, 80}) {
    const auto low_rank = fitted(dataset, {.regularization = 10, .form = "low-rank", .rank = rank, .iterations = 60});
    const double distance = distance_of_weights(*full, *low_rank);
    EXPECT_LT(distance, before) << rank;
    before = distance;
  }
  EXPECT_LT(before, 1e-6);
}

TEST(Ease, TheLowRankFormKeepsTheDiagonalThatItsSubspaceDoesNotHold) {
  // Three met a and b, one met c and d: one rank holds the larger block whole, and of the other only the diagonal.
  const Dataset dataset =
      dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}, {"v", "b"}, {"w", "a"}, {"w", "b"}, {"x", "c"}, {"x", "d"}},
                       {{"a", "b", "c", "d"}, {}});
  const auto model = fitted(dataset, {.regularization = 1, .form = "low-rank", .rank = 1, .iterations = 100});
  const auto of_a = scores_for_test(*model, items_for_test({0})), of_c = scores_for_test(*model, items_for_test({2}));
  // G = 3 [1 1; 1 1] is of rank 1: the inverse of [4 3; 3 4] is [4 -3; -3 4] / 7, so B(a, b) = 3 / 4.
  EXPECT_NEAR(of_a[1], 0.75, 1e-6);
  EXPECT_NEAR(of_a[0], 0, 1e-6);
  EXPECT_NEAR(of_c[3], 0, 1e-6);
}

TEST(Ease, IsTheSameForAnyNumberOfThreads) {
  const Dataset dataset = random_log_for_test(80, 400, 6000, 5);
  for (const char* form : {"full", "low-rank"}) {
    const EaseConfig config{.regularization = 5, .form = form, .rank = 20};
    const auto one = fitted(dataset, config, 1), many = fitted(dataset, config, 5);
    EXPECT_EQ(scores_for_test(*one, items_for_test({1, 2, 3})), scores_for_test(*many, items_for_test({1, 2, 3})));
  }
}

TEST(Ease, AHistoryThatSaysNothingIsAnsweredByPopularity) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "b"}}, {{"a", "b", "c"}, {}});
  for (const char* form : {"full", "low-rank"}) {
    const auto model = fitted(dataset, {.regularization = 1, .form = form});
    for (const auto& history : {items_for_test({}), items_for_test({2})}) {
      EXPECT_FALSE(model->personal(query_for_test(history)));
      EXPECT_FLOAT_EQ(scores_for_test(*model, history)[1], std::log(3.0F));
    }
    EXPECT_TRUE(model->personal(query_for_test(items_for_test({0}))));
  }
}

TEST(Ease, SettingsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const EaseConfig& config) -> std::string {
    try {
      config.validate();
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_NE(refusal({.regularization = 0}).find("regularization is 0"), std::string::npos);
  EXPECT_NE(refusal({.form = "thin"}).find("'thin'"), std::string::npos);
  EXPECT_NE(refusal({.rank = 0}).find("rank"), std::string::npos);
  EXPECT_NE(refusal({.iterations = -1}).find("iterations"), std::string::npos);
}

}  // namespace
}  // namespace attune
