#include "evaluation/slices.h"

#include <gtest/gtest.h>

#include <vector>

#include "evaluation/evaluate.h"
#include "evaluation/world_for_test.h"
#include "models/recommender_for_test.h"

namespace attune {
namespace {

RankedUser ranked(std::size_t history, std::vector<std::pair<std::uint32_t, std::uint32_t>> items_and_ranks,
                  std::vector<std::int64_t> times = {}) {
  RankedUser user;
  user.history = history;
  for (std::size_t t = 0; t < items_and_ranks.size(); ++t) {
    const auto [item, rank] = items_and_ranks[t];
    user.targets.push_back({ItemRow{item}, ItemIndex{item}, Timestamp{times.empty() ? 0 : times[t]}});
    user.ranks.push_back(rank);
  }
  user.metrics = user_metrics(user.ranks);
  return user;
}

const Slice& find(const std::vector<Slice>& slices, const std::string& name) {
  for (const Slice& slice : slices) {
    if (slice.name == name) return slice;
  }
  throw std::runtime_error("no slice " + name);
}

// Of 12 events items 0 and 1 (3 each) hold the first third and more, 2 and 3 (2 each) the next, 4 and 5 the last.
const std::vector<std::uint32_t> kCounts = {3, 3, 2, 2, 1, 1, 0};

TEST(Slices, OfActivityTakeUsersWhole) {
  SliceTally tally(kCounts, false);
  tally.add(ranked(1, {{0, 1}, {4, kNoRank}}));
  tally.add(ranked(4, {{0, 11}}));
  tally.add(ranked(200, {{0, 1}}));
  const std::vector<Slice> slices = tally.slices();
  const Slice& few = find(slices, "1-4 events");
  EXPECT_EQ(few.by, "activity");
  EXPECT_EQ(few.users, 2u);
  EXPECT_EQ(few.targets, 3u);
  EXPECT_DOUBLE_EQ(few.metrics.at("recall@10"), (0.5 + 0) / 2);
  EXPECT_EQ(find(slices, "200 or more events").users, 1u);
}

TEST(Slices, OfPopularityTakeTargetsAsThoughTheyWereAll) {
  SliceTally tally(kCounts, false);
  tally.add(ranked(1, {{0, 4}, {1, 2}, {2, kNoRank}, {5, 1}, {6, 3}}));
  tally.add(ranked(1, {{3, 1}}));
  const std::vector<Slice> slices = tally.slices();
  const Slice& head = find(slices, "head: 3 or more events");
  EXPECT_EQ(head.users, 1u);
  EXPECT_EQ(head.targets, 2u);
  const std::vector<std::uint32_t> ranks = {4, 2};
  EXPECT_DOUBLE_EQ(head.metrics.at("ndcg@10"), user_metrics(ranks).ndcg[kAt10]);
  const Slice& middle = find(slices, "middle: 2-2 events");
  EXPECT_EQ(middle.users, 2u);
  EXPECT_DOUBLE_EQ(middle.metrics.at("ndcg@10"), 0.5);
  EXPECT_DOUBLE_EQ(find(slices, "tail: 1-1 events").metrics.at("mrr@10"), 1);
  EXPECT_DOUBLE_EQ(find(slices, "new: no training event").metrics.at("mrr@10"), 1.0 / 3);
}

TEST(Slices, OfTimeAreMonthsOrElseYears) {
  constexpr std::int64_t kDay = 86'400'000'000;
  SliceTally tally(kCounts, true);
  tally.add(ranked(1, {{0, 1}, {1, 2}}, {0, 40 * kDay}));
  EXPECT_EQ(find(tally.slices(), "1970-01").targets, 1u);
  EXPECT_EQ(find(tally.slices(), "1970-02").by, "time");
  for (std::int64_t month = 0; month < 30; ++month) tally.add(ranked(1, {{0, 1}}, {month * 31 * kDay}));
  EXPECT_EQ(find(tally.slices(), "1970").users, 13u);
  EXPECT_EQ(find(tally.slices(), "1971").targets, 12u);
}

TEST(Slices, AddUpToTheWholeInAnEvaluation) {
  const WorldForTest world = world_for_test({{{0}, {1, 2}}, {{0, 1, 2, 3, 4}, {5}}, {{1}, {70}}}, 7);
  ThreadPool pool(2);
  const Evaluation found = evaluate(RecommenderForTest(std::vector<float>{7, 6, 5, 4, 3, 2, 1}), world.items,
                                    world.counts, world.dataset, world.split, {}, pool);
  std::size_t users = 0, targets = 0;
  double recall = 0;
  for (const Slice& slice : found.slices) {
    if (slice.by == "popularity") targets += slice.targets;
    if (slice.by != "activity") continue;
    users += slice.users;
    recall += slice.metrics.at("recall@10") * static_cast<double>(slice.users);
  }
  EXPECT_EQ(users, found.protocol.users);
  EXPECT_EQ(targets, found.protocol.targets);
  EXPECT_NEAR(recall / 3, found.metrics.at("recall@10"), 1e-15);
  EXPECT_EQ(found.protocol.new_item_targets, find(found.slices, "new: no training event").targets);
}

}  // namespace
}  // namespace attune
