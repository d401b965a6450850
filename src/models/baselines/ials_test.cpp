#include "models/baselines/ials.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"
#include "models/baselines/ials_factors.h"
#include "models/baselines/interactions.h"
#include "models/vector_recommender.h"

namespace attune {
namespace {

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const IalsConfig& config, int threads = 2) {
  return fitted_for_test(fit_ials, dataset, config, threads);
}

// What training minimises, with each user's vector the best there is: every pair counted one by one.
double loss(const Dataset& dataset, const VectorRecommender& model, const IalsConfig& config) {
  const TrainingEvents events(dataset, split_none(dataset));
  const SparseMatrix users = interactions(events);
  const MatrixView items = model.item_vectors();
  std::vector<std::size_t> users_of(items.rows);
  std::size_t known_items = 0, known_users = 0;
  for (const std::uint32_t item : users.columns) known_items += users_of[item]++ == 0 ? 1 : 0;
  for (std::size_t u = 0; u < users.view().rows(); ++u) known_users += users.view().row(u).columns.empty() ? 0 : 1;
  double sum = 0;
  for (std::size_t u = 0; u < users.view().rows(); ++u) {
    const auto met = users.view().row(u).columns;
    std::vector<ItemIndex> history;
    for (const std::uint32_t item : met) history.push_back(ItemIndex{item});
    std::vector<float> w(items.columns);
    const Query query = query_for_test(history);
    model.encode({&query, 1}, MutableMatrixView(w.data(), 1, w.size()));
    for (std::size_t j = 0; j < items.rows; ++j) {
      double score = 0;
      for (std::size_t i = 0; i < w.size(); ++i) score += static_cast<double>(w[i]) * static_cast<double>(items(j, i));
      sum += config.unobserved_weight * score * score;
      if (std::ranges::binary_search(met, static_cast<std::uint32_t>(j))) sum += (1 - score) * (1 - score);
    }
    const double ridge = ials_ridge(config, met.size(), known_items);
    for (const float value : w) sum += ridge * std::pow(static_cast<double>(value), 2);
  }
  for (std::size_t j = 0; j < items.rows; ++j) {
    const double ridge = ials_ridge(config, users_of[j], known_users);
    for (const float value : items.row(j)) sum += ridge * std::pow(static_cast<double>(value), 2);
  }
  return sum;
}

const VectorRecommender& vectors(const Recommender& model) { return dynamic_cast<const VectorRecommender&>(model); }

TEST(Ials, EveryRoundLowersTheLossAndConjugateGradientsFollowTheExactSolver) {
  const Dataset dataset = random_log_for_test(80, 40, 900, 1);
  double before = 1e300;
  for (const std::int64_t iterations : {1, 2, 4, 8, 16}) {
    IalsConfig config{.width = 6, .regularization = 0.02, .iterations = iterations, .cg_steps = 0};
    const double exact = loss(dataset, vectors(*fitted(dataset, config)), config);
    EXPECT_LT(exact, before);
    before = exact;
    config.cg_steps = 6;  // as many as values: exact up to rounding
    EXPECT_NEAR(loss(dataset, vectors(*fitted(dataset, config)), config), exact, 1e-4 * exact);
    config.cg_steps = 3;
    EXPECT_LT(loss(dataset, vectors(*fitted(dataset, config)), config), 1.2 * exact);
  }
}

TEST(Ials, AScoreIsTheProductOfTheVectorsAndContributionsAddUpToIt) {
  const auto model = fitted(random_log_for_test(60, 40, 700, 2), {.width = 10});
  const auto history = items_for_test({3, 8, 1, 20, 8});
  const auto scores = scores_for_test(*model, history);
  const MatrixView items = vectors(*model).item_vectors();
  std::vector<float> w(items.columns);
  const Query query = query_for_test(history);
  vectors(*model).encode({&query, 1}, MutableMatrixView(w.data(), 1, w.size()));
  for (std::uint32_t item = 0; item < model->items(); ++item) {
    double product = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
      product += static_cast<double>(w[i]) * static_cast<double>(items(item, i));
    EXPECT_NEAR(scores[item], product, 1e-6);
    EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{item}), 0, 1e-6);
  }
}

TEST(Ials, HasZerosForAnItemThatNobodyMetAndPopularityForAHistoryOfSuch) {
  const auto model = fitted(random_log_for_test(60, 40, 700, 2), {.width = 4});
  const std::size_t last = model->items() - 1;
  for (const float value : vectors(*model).item_vectors().row(last)) EXPECT_EQ(value, 0);
  const auto unmet = items_for_test({static_cast<std::uint32_t>(last)});
  EXPECT_FALSE(model->personal(query_for_test(unmet)));
  EXPECT_EQ(scores_for_test(*model, unmet), scores_for_test(*model, {}));
  EXPECT_GT(scores_for_test(*model, {})[0], 1);
}

TEST(Ials, IsTheSameForAnyNumberOfThreads) {
  const Dataset dataset = random_log_for_test(300, 100, 3000, 5);
  const auto one = fitted(dataset, {.width = 20}, 1), many = fitted(dataset, {.width = 20}, 5);
  EXPECT_EQ(scores_for_test(*one, items_for_test({1, 2, 3})), scores_for_test(*many, items_for_test({1, 2, 3})));
}

TEST(Ials, RidgeGrowsWithFrequency) {
  const IalsConfig config{.regularization = 0.5, .unobserved_weight = 0.1, .frequency_exponent = 1};
  EXPECT_DOUBLE_EQ(ials_ridge(config, 4, 60), 0.5 * (4 + 6));
  EXPECT_DOUBLE_EQ(ials_ridge({.regularization = 0.5, .frequency_exponent = 0}, 4, 60), 0.5);
}

TEST(Ials, AGramOfSeveralBlocksIsTheSumOfProducts) {
  std::vector<float> values(1100 * 3);
  Rng rng(1);
  for (float& value : values) value = static_cast<float>(rng.normal());
  ThreadPool pool(2);
  const std::vector<double> found = gram(values, 1100, 3, pool);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      double sum = 0;
      for (std::size_t r = 0; r < 1100; ++r)
        sum += static_cast<double>(values[3 * r + a]) * static_cast<double>(values[3 * r + b]);
      EXPECT_NEAR(found[3 * a + b], sum, 1e-3);
    }
  }
}

TEST(Ials, SettingsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const IalsConfig& config) -> std::string {
    try {
      config.validate();
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_NE(refusal({.width = 0}).find("width is 0"), std::string::npos);
  EXPECT_NE(refusal({.regularization = 0}).find("regularization"), std::string::npos);
  EXPECT_NE(refusal({.unobserved_weight = -1}).find("unobserved_weight"), std::string::npos);
  EXPECT_NE(refusal({.frequency_exponent = 2}).find("frequency_exponent"), std::string::npos);
  EXPECT_NE(refusal({.iterations = 0}).find("iterations"), std::string::npos);
  EXPECT_NE(refusal({.cg_steps = -1}).find("cg_steps"), std::string::npos);
  EXPECT_NE(refusal({.initial_stdev = 0}).find("initial_stdev"), std::string::npos);
}

}  // namespace
}  // namespace attune
