#include "models/baselines/content.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"

namespace attune {
namespace {

// a and b share a genre, a and c a word; nobody met d, which is like b.
Dataset films() {
  return dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "c"}, {"w", "c"}},
                          {{"a", "b", "c", "d"},
                           {{"title", ColumnKind::kText, {"red night", "day", "night", "sun"}},
                            {"genre", ColumnKind::kCategory, {"x", "x", "y", "x"}}}});
}

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const ContentConfig& config) {
  return fitted_for_test(fit_content, dataset, config);
}

TEST(Content, IsTheCosineOfAttributesAndOfWords) {
  const auto scores =
      scores_for_test(*fitted(films(), {.attributes_weight = 2, .text_weight = 0.5}), items_for_test({0}));
  EXPECT_NEAR(scores[1], 2, 1e-4);    // the genre alone
  EXPECT_NEAR(scores[2], 0.5, 1e-4);  // the word that two titles have
  EXPECT_NEAR(scores[0], 2.5, 1e-4);
}

TEST(Content, RecommendsWhatNobodyHasMetYet) {
  const auto scores = scores_for_test(*fitted(films(), {.attributes_weight = 1}), items_for_test({1}));
  EXPECT_NEAR(scores[3], 1, 1e-4);
  EXPECT_GT(scores[3], scores[2]);
}

TEST(Content, PopularityDecidesBetweenEquals) {
  const auto scores = scores_for_test(*fitted(films(), {}), {});
  EXPECT_GT(scores[2], scores[0]);
  EXPECT_GT(scores[0], scores[3]);
  EXPECT_FALSE(fitted(films(), {})->personal({}));
}

TEST(Content, ContributionsAddUpToTheScoreLessPopularity) {
  const auto model = fitted(films(), {});
  const auto history = items_for_test({0, 1});
  for (std::uint32_t item = 0; item < 4; ++item) {
    EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{item}), 0, 1e-5);
  }
}

TEST(Content, RefusesALogWithoutACatalogueAndSettingsThatLeaveNothing) {
  const Dataset log = dataset_for_test({{"u", "a"}, {"u", "b"}});
  try {
    fitted(log, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--items"), std::string::npos) << error.what();
  }
  EXPECT_THROW((ContentConfig{.attributes_weight = 0, .text_weight = 0}.validate()), Error);
  EXPECT_THROW((ContentConfig{.text_weight = -1}.validate()), Error);
}

}  // namespace
}  // namespace attune
