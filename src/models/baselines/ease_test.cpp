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

TEST(Ease, TheLowRankFormOfAllRanksIsTheFullOne) {
  const Dataset dataset = random_log_for_test(60, 40, 700, 3);
  const auto full = fitted(dataset, {.regularization = 5, .form = "full"});
  const auto low_rank = fitted(dataset, {.regularization = 5, .form = "low-rank", .rank = 500});
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto expected = scores_for_test(*full, items_for_test({i, i + 3}));
    const auto found = scores_for_test(*low_rank, items_for_test({i, i + 3}));
    for (std::size_t j = 0; j < expected.size(); ++j) ASSERT_NEAR(found[j], expected[j], 1e-5) << i << ' ' << j;
  }
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
