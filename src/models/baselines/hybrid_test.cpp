#include "models/baselines/hybrid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"

namespace attune {
namespace {

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const HybridConfig& config) {
  return fitted_for_test(fit_hybrid, dataset, config);
}

Dataset log() { return random_log_for_test(60, 40, 700, 2); }

std::vector<float> alone(std::string_view kind, const std::vector<ItemIndex>& history) {
  const Dataset dataset = log();
  ThreadPool pool(1);
  FitContext context{pool, 7};
  const auto config = find_model_kind(kind).default_config();
  const auto model = find_model_kind(kind).fit(TrainingEvents(dataset, split_none(dataset)), *config, context);
  return scores_for_test(*model, history);
}

double mean(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += std::pow(static_cast<double>(value) - mean(values), 2);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(Hybrid, AddsStandardisedScoresByTheGivenWeights) {
  const auto history = items_for_test({3, 8, 1});
  const auto model = fitted(log(), {.models = "item-knn, popularity", .weights = "2, 0.5"});
  const auto knn = alone("item-knn", history), popularity = alone("popularity", history);
  const auto found = scores_for_test(*model, history);
  for (std::size_t j = 0; j < found.size(); ++j) {
    const double expected = 2 * (static_cast<double>(knn[j]) - mean(knn)) / deviation(knn) +
                            0.5 * (static_cast<double>(popularity[j]) - mean(popularity)) / deviation(popularity);
    EXPECT_NEAR(found[j], expected, 1e-5) << j;
  }
}

TEST(Hybrid, AWeightOfZeroLeavesAMemberOut) {
  const auto history = items_for_test({3, 8, 1});
  const auto one = fitted(log(), {.models = "ease", .weights = "1"});
  const auto two = fitted(log(), {.models = "ease,popularity", .weights = "1,0"});
  EXPECT_EQ(scores_for_test(*one, history), scores_for_test(*two, history));
}

TEST(Hybrid, ContributionsAreThoseOfTheMembersAsTheirScoresAreScaled) {
  const auto history = items_for_test({3, 8, 1});
  const auto model = fitted(log(), {.models = "item-knn,popularity", .weights = "2,1"});
  const Dataset dataset = log();
  const auto knn = fitted(dataset, {.models = "item-knn", .weights = "1"});
  const auto both = model->contributions(query_for_test(history), ItemIndex{5});
  const auto own = knn->contributions(query_for_test(history), ItemIndex{5});
  for (std::size_t e = 0; e < history.size(); ++e) EXPECT_FLOAT_EQ(both[e], 2 * own[e]);
}

TEST(Hybrid, ByRankContributionsShareOutTheScore) {
  const auto history = items_for_test({3, 8, 1});
  const auto model = fitted(log(), {.models = "item-knn", .fusion = "rank", .weights = "1"});
  EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{5}), 0, 1e-6);
}

TEST(Hybrid, LearnsOnTheValidationPartWhichMembersHelp) {
  const Dataset dataset = log();
  const TrainingEvents events(dataset, split_none(dataset));
  ThreadPool pool(1);
  FitContext context{pool, 7};
  const auto wanted = alone("popularity", {});  // a validation part in which popularity alone is right
  int asked = 0;
  context.validate = [&](const Recommender& model) {
    ++asked;
    const auto scores = scores_for_test(model, items_for_test({3, 8, 1}));
    double distance = 0;
    for (std::size_t j = 0; j < scores.size(); ++j) {
      const double standard = (static_cast<double>(wanted[j]) - mean(wanted)) / deviation(wanted);
      distance += std::abs(static_cast<double>(scores[j]) - standard);
    }
    return -distance;
  };
  const auto model = fit_hybrid(events, {.models = "item-knn,popularity"}, context);
  EXPECT_GT(asked, 3);
  EXPECT_FALSE(model->personal(query_for_test(items_for_test({3}))));  // item-knn has the weight 0
}

std::string refusal(const HybridConfig& config) {
  try {
    config.validate();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Hybrid, SettingsReachTheMembers) {
  const auto history = items_for_test({3, 8, 1});
  const auto wide =
      fitted(log(), {.models = "item-knn", .settings = R"({"item-knn": {"neighbors": 0}})", .weights = "1"});
  const auto narrow =
      fitted(log(), {.models = "item-knn", .settings = R"({"item-knn": {"neighbors": 1}})", .weights = "1"});
  EXPECT_NE(scores_for_test(*wide, history), scores_for_test(*narrow, history));
}

TEST(Hybrid, SettingsThatMakeNoSenseAreRefusedByName) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_NE(refusal({.models = "ease,eas"}).find("'eas'"), std::string::npos);
  EXPECT_NE(refusal({.models = "hybrid"}).find("hybrid"), std::string::npos);
  EXPECT_NE(refusal({.models = "ease,ease"}).find("twice"), std::string::npos);
  EXPECT_NE(refusal({.fusion = "vote"}).find("'vote'"), std::string::npos);
  EXPECT_NE(refusal({.weights = "1"}).find("3 numbers"), std::string::npos);
  EXPECT_NE(refusal({.weights = "1,x,1"}).find("'x'"), std::string::npos);
  EXPECT_NE(refusal({.weights = "0,0,0"}).find("not all 0"), std::string::npos);
  EXPECT_NE(refusal({.settings = "[1]"}).find("JSON object"), std::string::npos);
  EXPECT_NE(refusal({.settings = R"({"ease": {}})"}).find("'ease'"), std::string::npos);
  EXPECT_NE(refusal({.settings = R"({"ials": {"wide": 3}})"}).find("wide"), std::string::npos);
  EXPECT_NE(refusal({.settings = R"({"ials": {"width": 0}})"}).find("width"), std::string::npos);
}

}  // namespace
}  // namespace attune
