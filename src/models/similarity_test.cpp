#include "models/similarity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/dataset_for_test.h"
#include "models/model_for_test.h"
#include "storage/npy.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// Four items; counts a 3, b 3, c 2, d 0. Users of both: a and b 2, a and c 2, b and c 1. d is in the catalogue alone.
Dataset films() {
  return dataset_for_test(
      {{"u", "a"}, {"u", "b"}, {"u", "c"}, {"v", "b"}, {"v", "a"}, {"w", "a"}, {"w", "c"}, {"x", "b"}},
      {{"a", "b", "c", "d"},
       {{"title", ColumnKind::kText, {"blue harbour", "red desert", "blue desert", "red harbour"}},
        {"genre", ColumnKind::kCategory, {"drama", "crime", "drama", "crime"}}}});
}

// A model of films() with its events; queries are histories of items by index (a 0, b 1, c 2, d 3).
class Fitted {
 public:
  explicit Fitted(const SimilarityConfig& config)
      : dataset_(films()), events_(dataset_, split_none(dataset_)), config_(config) {
    FitContext context{pool_, 1};
    model_ = fit_similarity(events_, config, context);
  }

  static Query query(const std::vector<ItemIndex>& items) { return {{items, {}, {}}, std::nullopt}; }
  std::vector<float> scores(const std::vector<ItemIndex>& items) const { return scores_for_test(*model_, items); }
  const Recommender& model() const { return *model_; }
  const TrainingEvents& events() const { return events_; }

 private:
  Dataset dataset_;
  TrainingEvents events_;
  SimilarityConfig config_;
  ThreadPool pool_{2};
  std::unique_ptr<Recommender> model_;
};

constexpr ItemIndex kA{0}, kB{1}, kC{2}, kD{3};

SimilarityConfig plain_history() {
  SimilarityConfig config;
  config.features = "history";
  config.half_life = 0;
  config.window = 0;
  config.forward = false;
  config.normalization = 0.5;
  config.shrinkage = 0;
  config.neighbors = 0;
  config.scale = 1;
  config.prior = 0;
  return config;
}

std::string usage_error(const SimilarityConfig& config) {
  try {
    config.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(Similarity, ScoresOfHistoryFeaturesAreSumsOfCosinesWorkedByHand) {
  const Fitted fitted(plain_history());
  const std::vector<float> of_a = fitted.scores({kA});
  EXPECT_FLOAT_EQ(of_a[1], 2.0F / 3.0F);
  EXPECT_FLOAT_EQ(of_a[2], static_cast<float>(2 / std::sqrt(6.0)));
  EXPECT_EQ(of_a[3], 0.0F);
  const std::vector<float> of_both = fitted.scores({kA, kB});
  EXPECT_FLOAT_EQ(of_both[2], static_cast<float>(3 / std::sqrt(6.0)));
}

TEST(Similarity, AnEventOfOneHalfLifeCountsHalf) {
  SimilarityConfig config = plain_history();
  config.half_life = 1;
  const Fitted fitted(config);
  EXPECT_FLOAT_EQ(fitted.scores({kA, kB})[2], static_cast<float>((0.5 * 2 + 1) / std::sqrt(6.0)));
  EXPECT_FLOAT_EQ(fitted.scores({kB, kA})[2], static_cast<float>((0.5 * 1 + 2) / std::sqrt(6.0)));
}

TEST(Similarity, ForwardCountsOnlyWhatFollows) {
  SimilarityConfig config = plain_history();
  config.forward = true;
  config.normalization = 0;
  const Fitted fitted(config);
  EXPECT_EQ(fitted.scores({kC})[0], 0.0F);  // nobody saw a after c
  EXPECT_EQ(fitted.scores({kA})[2], 2.0F);  // u and w saw c after a
  EXPECT_EQ(fitted.scores({kA})[1], 1.0F);  // u saw b after a; v saw them the other way round
  EXPECT_EQ(fitted.scores({kB})[0], 1.0F);
}

TEST(Similarity, ThePriorAddsTheLogPopularity) {
  SimilarityConfig config = plain_history();
  config.prior = 2;
  const Fitted fitted(config);
  const std::vector<float> of_nobody = fitted.scores({});
  EXPECT_FLOAT_EQ(of_nobody[0], static_cast<float>(2 * std::log(4.0)));
  EXPECT_FLOAT_EQ(of_nobody[2], static_cast<float>(2 * std::log(3.0)));
  EXPECT_EQ(of_nobody[3], 0.0F);
}

TEST(Similarity, ContributionsAndPriorAddUpToTheScore) {
  SimilarityConfig config;
  config.features = "history,attributes,text";
  config.forward = false;
  const Fitted fitted(config);
  const std::vector<ItemIndex> history{kA, kB, kA, kC, kB};
  const std::vector<float> scores = fitted.scores(history), prior = fitted.scores({});
  for (const ItemIndex item : {kA, kB, kC, kD}) {
    const std::vector<float> parts = fitted.model().contributions(Fitted::query(history), item);
    ASSERT_EQ(parts.size(), history.size());
    const double sum = std::accumulate(parts.begin(), parts.end(), static_cast<double>(prior[to_size(item)]));
    EXPECT_NEAR(sum, scores[to_size(item)], 1e-5);
  }
}

TEST(Similarity, AContentFeatureReachesAnItemWithoutEvents) {
  for (const char* features : {"text", "attributes"}) {
    SimilarityConfig config = plain_history();
    config.features = features;
    config.text_weight = config.attributes_weight = 1;
    const Fitted fitted(config);
    const std::vector<float> of_b = fitted.scores({kB});
    EXPECT_GT(of_b[3], 0.0F) << features;
    EXPECT_GT(of_b[3], of_b[0]) << features;
    EXPECT_NEAR(of_b[1], 1.0F, 1e-6) << features;  // unit rows: the item itself is as near as can be
  }
}

TEST(Similarity, AWeightMultipliesItsFeature) {
  SimilarityConfig config = plain_history();
  config.features = "text";
  config.text_weight = 1;
  const float one = Fitted(config).scores({kB})[3];
  config.text_weight = 0.25;
  EXPECT_NEAR(Fitted(config).scores({kB})[3], 0.25 * one, 1e-6);
  config.scale = 8;
  EXPECT_NEAR(Fitted(config).scores({kB})[3], 2 * one, 1e-6);
}

TEST(Similarity, GivenVectorsAreComparedByCosine) {
  const TestFolder folder;
  const std::vector<float> vectors{2, 0, 0, 3, 1, 1, 0, 0};
  NpyWriter file(folder / "vectors.npy", DType::kF32, {4, 2});
  file.write(std::span<const float>(vectors));
  file.commit();
  SimilarityConfig config = plain_history();
  config.features = "vectors";
  config.vectors = (folder / "vectors.npy").string();
  config.vectors_weight = 1;
  const Fitted fitted(config);
  const std::vector<float> of_a = fitted.scores({kA});
  EXPECT_EQ(of_a[1], 0.0F);
  EXPECT_NEAR(of_a[2], std::sqrt(0.5), 1e-6);
  EXPECT_FALSE(fitted.model().personal(Fitted::query({kD})));  // a zero vector says nothing
}

TEST(Similarity, NearnessHasNoDirection) {
  SimilarityConfig config = plain_history();
  config.forward = true;
  config.normalization = 0;
  const Fitted fitted(config);
  EXPECT_EQ(fitted.model().similar(kA)[2], fitted.model().similar(kC)[0]);
  EXPECT_EQ(fitted.model().similar(kA)[2], 1.0F);
}

TEST(Similarity, AnItemThatSharesNothingIsNotNear) {
  const Fitted fitted(plain_history());
  EXPECT_EQ(fitted.model().similar(kA)[3], -std::numeric_limits<float>::infinity());
}

TEST(Similarity, IsPersonalOnlyWhereAnEventHasFeatures) {
  const Fitted fitted(plain_history());
  EXPECT_FALSE(fitted.model().personal(Fitted::query({})));
  EXPECT_FALSE(fitted.model().personal(Fitted::query({kD})));
  EXPECT_TRUE(fitted.model().personal(Fitted::query({kD, kA})));
}

TEST(Similarity, RefusesFeaturesThatTheCatalogueHasNot) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}});
  const TrainingEvents events(dataset, split_none(dataset));
  ThreadPool pool(1);
  FitContext context{pool, 1};
  SimilarityConfig config;
  config.features = "text";
  EXPECT_THROW(fit_similarity(events, config, context), Error);
  config.features = "history,text";
  EXPECT_NO_THROW(fit_similarity(events, config, context));
}

TEST(Similarity, ABlockOfQueriesScoresAsEachAlone) {
  const Fitted fitted{SimilarityConfig()};
  const std::vector<std::vector<ItemIndex>> histories{{kA}, {}, {kB, kC}, {kA, kB, kC}, {kD}};
  std::vector<Query> queries;
  for (const auto& history : histories) queries.push_back(Fitted::query(history));
  std::vector<float> block(queries.size() * 4);
  fitted.model().score(queries, MutableMatrixView(block.data(), queries.size(), 4));
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> alone = fitted.scores(histories[q]);
    for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(block[q * 4 + j], alone[j]);
  }
}

TEST(Similarity, RefusesSettingsThatBreakARule) {
  SimilarityConfig config;
  EXPECT_EQ(usage_error(config), "");
  config.features = "history,texts";
  EXPECT_NE(usage_error(config).find("'texts' is no feature"), std::string::npos);
  config = {};
  config.features = "vectors";
  EXPECT_NE(usage_error(config).find("vectors is empty"), std::string::npos);
  config = {};
  config.half_life = -1;
  EXPECT_NE(usage_error(config).find("half_life is -1"), std::string::npos);
  config = {};
  config.prior = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(usage_error(config).find("prior is"), std::string::npos);
  config = {};
  config.normalization = 1.5;
  EXPECT_NE(usage_error(config).find("a number from 0 to 1"), std::string::npos);
}

}  // namespace
}  // namespace attune
