#include "retrieval/retrieve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "models/recommender_for_test.h"

namespace attune {

bool operator==(const Scored& a, const Scored& b) { return a.item == b.item && a.score == b.score; }

void PrintTo(const Scored& scored, std::ostream* out) {
  *out << "{" << to_size(scored.item) << ", " << scored.score << "}";
}

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<Scored> best(const std::vector<float>& scores, std::size_t k, const std::vector<ItemIndex>& excluded = {}) {
  return best_items(scores, k, excluded);
}

// By sorting all that may come.
std::vector<Scored> by_sorting(const std::vector<float>& scores, std::size_t k,
                               const std::vector<ItemIndex>& excluded) {
  std::vector<Scored> all;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const ItemIndex item{static_cast<std::uint32_t>(i)};
    if (scores[i] != kNever && std::ranges::find(excluded, item) == excluded.end()) all.push_back({item, scores[i]});
  }
  std::stable_sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  all.resize(std::min(k, all.size()));
  return all;
}

TEST(BestItems, ComeBestFirstWithTiesByIndex) {
  const std::vector<Scored> expected = {{ItemIndex{2}, 5}, {ItemIndex{0}, 3}, {ItemIndex{3}, 3}};
  EXPECT_EQ(best({3, 1, 5, 3, 3}, 3), expected);
}

TEST(BestItems, LeaveOutTheExcludedHoweverOftenTheyAreNamed) {
  const std::vector<Scored> expected = {{ItemIndex{1}, 4}, {ItemIndex{3}, 2}};
  EXPECT_EQ(best({5, 4, 3, 2, 1}, 9, {ItemIndex{4}, ItemIndex{0}, ItemIndex{2}, ItemIndex{0}}), expected);
}

TEST(BestItems, LeaveOutWhatMustNotBeRecommended) {
  const std::vector<Scored> expected = {{ItemIndex{1}, -7}};
  EXPECT_EQ(best({kNever, -7, kNever}, 3), expected);
}

TEST(BestItems, OfNothingAreNone) {
  EXPECT_TRUE(best({}, 3).empty());
  EXPECT_TRUE(best({1, 2}, 0).empty());
  EXPECT_TRUE(best({1, 2}, 2, {ItemIndex{0}, ItemIndex{1}}).empty());
}

TEST(BestItems, OfMoreThanThereAreAreAll) {
  EXPECT_EQ(best({1, 2}, std::numeric_limits<std::size_t>::max()).size(), 2u);
}

TEST(BestItems, AgreeWithSortingForEverySize) {
  Rng rng(3);
  for (std::size_t items = 0; items < 140; ++items) {
    std::vector<float> scores(items);
    for (float& score : scores) score = rng.below(10) == 0 ? kNever : static_cast<float>(rng.below(6));
    std::vector<ItemIndex> excluded;
    for (std::size_t i = 0; items > 0 && i < rng.below(12); ++i) {
      excluded.push_back(ItemIndex{static_cast<std::uint32_t>(rng.below(items))});
    }
    for (const std::size_t k : {1, 2, 10, 200}) EXPECT_EQ(best(scores, k, excluded), by_sorting(scores, k, excluded));
  }
}

TEST(BestItemsDeathTest, RefuseAnExcludedItemThatTheScoresDoNotHave) {
  EXPECT_DEATH(best({1, 2}, 1, {kNoItem}), "scores.size");
}

// Scores item j of a history that starts with item i by whether j follows i.
RecommenderForTest successor_model(std::size_t items) {
  return RecommenderForTest(items, [items](const Query& query) {
    std::vector<float> scores(items, 0);
    if (!query.history.empty()) scores[(to_size(query.history.items[0]) + 1) % items] = 1;
    return scores;
  });
}

TEST(Retrieve, AnswersEveryQueryInItsPlace) {
  constexpr std::size_t kItems = 7;
  const auto model = successor_model(kItems);
  for (const std::size_t count : {0, 1, 63, 64, 65, 200}) {
    std::vector<ItemIndex> firsts;
    for (std::size_t q = 0; q < count; ++q) firsts.push_back(ItemIndex{static_cast<std::uint32_t>(q % kItems)});
    std::vector<Query> queries(count);
    for (std::size_t q = 0; q < count; ++q) queries[q].history.items = std::span(firsts).subspan(q, 1);
    const auto found = retrieve(model, queries, 1, Seen::kKeep);
    ASSERT_EQ(found.size(), count);
    for (std::size_t q = 0; q < count; ++q) {
      const ItemIndex next{static_cast<std::uint32_t>((q + 1) % kItems)};
      EXPECT_EQ(found[q], (std::vector<Scored>{{next, 1}})) << q;
    }
  }
  EXPECT_LE(model.largest_block(), 64u);
}

TEST(Retrieve, LeavesOutTheHistoryOnlyWhenAsked) {
  const RecommenderForTest model({3, 2, 1});
  const std::vector<ItemIndex> items = {ItemIndex{0}, ItemIndex{2}, ItemIndex{0}};
  const std::vector<Query> queries = {{{items, {}, {}}, std::nullopt}, {}};
  const std::vector<Scored> all = {{ItemIndex{0}, 3}, {ItemIndex{1}, 2}, {ItemIndex{2}, 1}};
  const auto kept = retrieve(model, queries, 3, Seen::kKeep);
  EXPECT_EQ(kept[0], all);
  EXPECT_EQ(kept[1], all);
  const auto excluded = retrieve(model, queries, 3, Seen::kExclude);
  EXPECT_EQ(excluded[0], (std::vector<Scored>{{ItemIndex{1}, 2}}));
  EXPECT_EQ(excluded[1], all);
}

TEST(Retrieve, FindsNothingInAnEmptyCatalogue) {
  const RecommenderForTest model({});
  const auto found = retrieve(model, std::vector<Query>(2), 3, Seen::kExclude);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].empty());
}

TEST(NearestItems, LeaveOutTheItemItself) {
  RecommenderForTest model({0, 0, 0});
  model.set_similar({9, 1, 2});
  EXPECT_EQ(nearest_items(model, ItemIndex{0}, 5), (std::vector<Scored>{{ItemIndex{2}, 2}, {ItemIndex{1}, 1}}));
  EXPECT_EQ(nearest_items(model, ItemIndex{0}, 1), (std::vector<Scored>{{ItemIndex{2}, 2}}));
}

TEST(NearestItems, AreRefusedByAModelWithoutThem) {
  const RecommenderForTest model({0, 0, 0});
  try {
    nearest_items(model, ItemIndex{0}, 5);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("does not compare items"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace attune
