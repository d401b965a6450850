#include "data/health.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"

namespace attune {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

TEST(Health, CountsRepeatsDuplicatesAndTies) {
  // u: a b tied, b again later, the very same b once more; v: one event.
  const Health health = examine(dataset_for_test({{"u", "a", 4.0f, 100},
                                                  {"u", "b", 3.0f, 100},
                                                  {"u", "b", 3.0f, 200},
                                                  {"u", "b", 3.0f, 200},
                                                  {"v", "a", 5.0f, 300}}));
  EXPECT_EQ(health.events_per_user, (std::vector<std::uint64_t>{1, 4}));
  EXPECT_EQ(health.events_per_item, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(health.one_event_users, 1u);
  EXPECT_EQ(health.one_event_items, 0u);
  EXPECT_EQ(health.repeats, 2u);
  EXPECT_EQ(health.duplicates, 1u);
  EXPECT_EQ(health.neighbours, 3u);
  EXPECT_EQ(health.tied_neighbours, 2u);
  EXPECT_EQ(health.ties_by_item.differing, 1u);
  EXPECT_EQ(health.ties_by_item.ascending, 1u);
  EXPECT_EQ(health.ties_by_rating.differing, 1u);
  EXPECT_EQ(health.ties_by_rating.ascending, 0u);
  EXPECT_EQ(health.leave_one_out_tests, 1u);
  EXPECT_EQ(health.leave_one_out_repeats, 1u);
  EXPECT_EQ(health.ratings, (std::map<float, std::uint64_t>{{3.0f, 3}, {4.0f, 1}, {5.0f, 1}}));
  EXPECT_DOUBLE_EQ(health.mean_rating, 18.0 / 5);
}

TEST(Health, TiedItemsAscendByNumberWhereIdentifiersAreNumbers) {
  const Health health = examine(dataset_for_test({{"u", "9", {}, 5}, {"u", "10", {}, 5}, {"u", "2", {}, 5}}));
  EXPECT_EQ(health.ties_by_item.differing, 2u);
  EXPECT_EQ(health.ties_by_item.ascending, 1u);
}

TEST(Health, FindsBurstsAndTheBusiestDay) {
  std::vector<EventForTest> events;
  for (int i = 0; i < 50; ++i) events.push_back({"machine", "i" + std::to_string(i), {}, 1000 + i});
  for (int i = 0; i < 50; ++i) events.push_back({"person", "i" + std::to_string(i), {}, 1000 + kDaySeconds * i});
  const Health health = examine(dataset_for_test(events));
  EXPECT_EQ(health.users_in_bursts, 1u);
  EXPECT_EQ(health.users_within_a_day, 1u);
  EXPECT_EQ(health.busiest_day, 0);
  EXPECT_EQ(health.busiest_day_events, 51u);
  EXPECT_EQ(health.median_day_events, 1);
  EXPECT_FALSE(health.whole_days);
  std::uint64_t sum = 0;
  for (const std::uint64_t part : health.events_over_time) sum += part;
  EXPECT_EQ(sum, 100u);
  EXPECT_EQ(health.events_over_time.front(), 51u);
  EXPECT_EQ(health.events_over_time.back(), 1u);
}

TEST(Health, OneSecondLongerIsNoBurst) {
  std::vector<EventForTest> events;
  for (int i = 0; i < 49; ++i) events.push_back({"u", "i", {}, 0});
  events.push_back({"u", "i", {}, 60});
  EXPECT_EQ(examine(dataset_for_test(events)).users_in_bursts, 1u);
  events.back().seconds = 61;
  EXPECT_EQ(examine(dataset_for_test(events)).users_in_bursts, 0u);
}

TEST(Health, ComparesLogAndCatalogue) {
  const TableForTest catalogue{.ids = {"a", "c"}, .columns = {{"title", ColumnKind::kText, {"A", "C"}}}};
  const Health health = examine(dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "b"}}, catalogue));
  EXPECT_EQ(health.items_not_in_catalogue, 1u);
  EXPECT_EQ(health.events_not_in_catalogue, 2u);
  EXPECT_EQ(health.catalogue_items_without_events, 1u);
  EXPECT_FALSE(health.first);
  EXPECT_TRUE(health.events_over_time.empty());
}

TEST(Health, WithoutACatalogueNothingIsMissingInIt) {
  EXPECT_EQ(examine(dataset_for_test({{"u", "a"}})).items_not_in_catalogue, 0u);
}

TEST(Health, NamesColumnsThatFollowTheNumberOfEvents) {
  std::vector<EventForTest> events;
  TableForTest catalogue{.ids = {},
                         .columns = {{"reviews", ColumnKind::kNumber, {}}, {"price", ColumnKind::kNumber, {}}}};
  for (int item = 0; item < 60; ++item) {
    const std::string id = "i" + std::to_string(item);
    for (int n = 0; n <= item; ++n) events.push_back({"u" + std::to_string(n), id});
    catalogue.ids.push_back(id);
    catalogue.columns[0].values.push_back(std::to_string(7 * item));
    catalogue.columns[1].values.push_back(std::to_string((item * 37) % 60));
  }
  const Health health = examine(dataset_for_test(events, catalogue));
  ASSERT_EQ(health.following_columns.size(), 1u);
  EXPECT_EQ(health.following_columns[0].table, "items");
  EXPECT_EQ(health.following_columns[0].column, "reviews");
  EXPECT_NEAR(health.following_columns[0].correlation, 1, 1e-12);
}

TEST(Health, CountsTrainingEventsFromTheFutureOfLeaveOneOut) {
  // Tests at 10, 20 and 90; the middle one is 20, and of the training events 5, 80 and 85 two are later.
  const Health health = examine(dataset_for_test({{"a", "x", {}, 5},
                                                  {"a", "y", {}, 10},
                                                  {"b", "x", {}, 20},
                                                  {"b", "y", {}, 20},
                                                  {"c", "x", {}, 80},
                                                  {"c", "y", {}, 85},
                                                  {"c", "z", {}, 90}}));
  EXPECT_EQ(health.leave_one_out_tests, 3u);
  EXPECT_EQ(health.leave_one_out_training, 4u);
  EXPECT_EQ(health.leave_one_out_from_the_future, 2u);
}

TEST(Health, WholeDaysAreSeen) {
  EXPECT_TRUE(examine(dataset_for_test({{"u", "a", {}, 0}, {"u", "b", {}, 3 * kDaySeconds}})).whole_days);
}

TEST(Quantile, IsTheSmallestThatSoManyDoNotExceed) {
  const std::vector<std::uint64_t> sorted{1, 2, 3, 4};
  EXPECT_EQ(quantile(sorted, 0), 1u);
  EXPECT_EQ(quantile(sorted, 50), 2u);
  EXPECT_EQ(quantile(sorted, 51), 3u);
  EXPECT_EQ(quantile(sorted, 100), 4u);
  EXPECT_EQ(quantile({}, 50), 0u);
}

TEST(RankCorrelation, GivesTiesTheirMeanRank) {
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {10, 100, 1000}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {3, 2, 1}), -1);
  // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: covariance 4.5 of variances 4.5 and 5.
  EXPECT_NEAR(rank_correlation({1, 2, 2, 3}, {1, 2, 3, 4}), 4.5 / std::sqrt(4.5 * 5), 1e-12);
  EXPECT_EQ(rank_correlation({1, 1}, {1, 2}), 0);
  EXPECT_EQ(rank_correlation({}, {}), 0);
}

}  // namespace
}  // namespace attune
