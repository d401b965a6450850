#include "models/baselines/recent_popularity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"

namespace attune {
namespace {

constexpr std::int64_t kDay = 86400;

std::vector<float> scores(const Dataset& dataset, const RecentPopularityConfig& config) {
  return scores_for_test(*fitted_for_test(fit_recent_popularity, dataset, config), {});
}

TEST(RecentPopularity, HalvesAnEventWithEveryHalfLifeBeforeTheNewest) {
  const Dataset dataset = dataset_for_test({{"u", "a", std::nullopt, 0},
                                            {"u", "b", std::nullopt, 10 * kDay},
                                            {"v", "a", std::nullopt, 5 * kDay},
                                            {"v", "c", std::nullopt, 0}},
                                           {{"d"}, {}});
  const auto found = scores(dataset, {.half_life = 5, .half_life_events = 1});
  EXPECT_FLOAT_EQ(found[0], std::log1p(0.25F + 0.5F));
  EXPECT_FLOAT_EQ(found[1], std::log1p(1.0F));
  EXPECT_FLOAT_EQ(found[2], std::log1p(0.25F));
  EXPECT_EQ(found[3], 0);
}

TEST(RecentPopularity, CountsEventsFromTheEndOfAHistoryWhereThereAreNoTimes) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"u", "c"}, {"v", "a"}});
  const auto found = scores(dataset, {.half_life = 5, .half_life_events = 1});
  EXPECT_FLOAT_EQ(found[0], std::log1p(0.25F + 1));
  EXPECT_FLOAT_EQ(found[1], std::log1p(0.5F));
  EXPECT_FLOAT_EQ(found[2], std::log1p(1.0F));
}

TEST(RecentPopularity, WithoutAHalfLifeIsPopularity) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}});
  const auto found = scores(dataset, {.half_life = 0, .half_life_events = 0});
  EXPECT_FLOAT_EQ(found[0], std::log(3.0F));
  EXPECT_FLOAT_EQ(found[1], std::log(2.0F));
}

TEST(RecentPopularity, ANegativeHalfLifeIsRefusedByName) {
  try {
    RecentPopularityConfig{.half_life = -1}.validate();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("half_life is -1"), std::string::npos);
  }
}

}  // namespace
}  // namespace attune
