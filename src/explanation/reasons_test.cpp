#include "explanation/reasons.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "models/recommender_for_test.h"

namespace attune {
namespace {

// The reasons of an item that the events of the history 5, 6, 7, … add so much to.
std::vector<Reason> reasons_of(const std::vector<float>& contributions, std::size_t n) {
  RecommenderForTest model(std::vector<float>(20, 0));
  model.set_contributions(contributions);
  std::vector<ItemIndex> items;
  for (std::size_t i = 0; i < contributions.size(); ++i) items.push_back(ItemIndex{static_cast<std::uint32_t>(5 + i)});
  return reasons(model, {{items, {}, {}}, std::nullopt}, ItemIndex{0}, n);
}

std::vector<std::size_t> positions(const std::vector<Reason>& found) {
  std::vector<std::size_t> list;
  for (const Reason& reason : found) list.push_back(reason.position);
  return list;
}

TEST(Reasons, AreTheEventsThatAddMost) {
  const auto found = reasons_of({1, 4, 0.5F, 2.5F}, 2);
  ASSERT_EQ(positions(found), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(found[0].item, ItemIndex{6});
  EXPECT_EQ(found[0].contribution, 4);
  EXPECT_EQ(found[0].weight, 0.5F);
  EXPECT_EQ(found[1].item, ItemIndex{8});
  EXPECT_EQ(found[1].weight, 0.3125F);
}

TEST(Reasons, OfEqualContributionsTheNewerEventComesFirst) {
  EXPECT_EQ(positions(reasons_of({2, 2, 3, 2}, 3)), (std::vector<std::size_t>{2, 3, 1}));
}

TEST(Reasons, LeaveOutWhatAddsNothingOrTakesAway) {
  const auto found = reasons_of({0, -3, 1, -0.0F, 3}, 9);
  ASSERT_EQ(positions(found), (std::vector<std::size_t>{4, 2}));
  EXPECT_EQ(found[0].weight, 0.75F);
  EXPECT_EQ(found[1].weight, 0.25F);
}

TEST(Reasons, AreNoneWhenThePriorAloneDecides) {
  EXPECT_TRUE(reasons_of({0, 0}, 3).empty());
  EXPECT_TRUE(reasons_of({}, 3).empty());
  EXPECT_TRUE(reasons_of({1, 2}, 0).empty());
}

TEST(Reasons, HaveWeightsThatSumToOneEvenWhenContributionsAreHuge) {
  const float large = std::numeric_limits<float>::max();
  const auto found = reasons_of({large, large, large, large}, 4);
  ASSERT_EQ(found.size(), 4u);
  for (const Reason& reason : found) EXPECT_EQ(reason.weight, 0.25F);
}

TEST(ReasonsDeathTest, StopOnAContributionThatIsNoNumber) {
  EXPECT_DEATH(reasons_of({std::numeric_limits<float>::quiet_NaN()}, 1), "isfinite");
}

TEST(ReasonsDeathTest, StopWhenContributionsAreNotOfTheHistory) {
  RecommenderForTest model(std::vector<float>(3, 0));
  model.set_contributions({1, 2});
  EXPECT_DEATH(reasons(model, {}, ItemIndex{0}, 1), "history.size");
}

}  // namespace
}  // namespace attune
