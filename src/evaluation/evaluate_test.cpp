#include "evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "data/training_events.h"
#include "evaluation/world_for_test.h"
#include "models/baselines/popularity.h"
#include "models/recommender_for_test.h"

namespace attune {
namespace {

constexpr std::size_t kNdcg = 1;  // of kMetricFields
constexpr float kNever = -std::numeric_limits<float>::infinity();

Evaluation evaluated(const Recommender& model, const WorldForTest& world, Seen seen, Part part = Part::kTest) {
  ThreadPool pool(2);
  return evaluate(model, world.items, world.counts, world.dataset, world.split, {part, seen, "leave-one-out"}, pool);
}

Evaluation evaluated(const std::vector<PersonForTest>& people, const std::vector<float>& scores, Seen seen) {
  return evaluated(RecommenderForTest(scores), world_for_test(people, scores.size()), seen);
}

const std::vector<float> kDescending = {9, 8, 7, 6, 5, 4};

double gain(double rank) { return 1 / std::log2(1 + rank); }

TEST(Evaluate, AveragesOverUsers) {
  const auto found = evaluated({{{0}, {2}}, {{1}, {0}}, {{2}, {5}}}, kDescending, Seen::kKeep);
  EXPECT_DOUBLE_EQ(found.metrics.at("hit_rate@5"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(found.metrics.at("hit_rate@10"), 1);
  EXPECT_DOUBLE_EQ(found.metrics.at("recall@5"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(found.metrics.at("precision@5"), 2.0 / 15);
  EXPECT_DOUBLE_EQ(found.metrics.at("ndcg@10"), (gain(3) + gain(1) + gain(6)) / 3);
  EXPECT_DOUBLE_EQ(found.metrics.at("mrr@10"), (1.0 / 3 + 1 + 1.0 / 6) / 3);
  EXPECT_DOUBLE_EQ(found.metrics.at("map@5"), (1.0 / 3 + 1) / 3);
  EXPECT_EQ(found.metrics.size(), 6 * kCutoffs.size() + 3);
  ASSERT_EQ(found.per_user.size(), 3u);
  EXPECT_DOUBLE_EQ(found.per_user[0].at_10[kNdcg], 0.5);
  EXPECT_DOUBLE_EQ(found.per_user[1].at_10[kNdcg], 1);
  EXPECT_DOUBLE_EQ(found.per_user[2].at_10[kNdcg], gain(6));
  EXPECT_TRUE(found.new_user_metrics.empty());
  EXPECT_GE(found.seconds, 0);
}

TEST(Evaluate, DescribesWhatItDid) {
  const auto found = evaluated({{{0}, {2, 3}}, {{1}, {0}}}, kDescending, Seen::kExclude);
  EXPECT_EQ(found.protocol.split, "leave-one-out");
  EXPECT_EQ(found.protocol.part, "test");
  EXPECT_EQ(found.protocol.seen, "exclude");
  EXPECT_EQ(found.protocol.catalogue, 6u);
  EXPECT_EQ(found.protocol.users, 2u);
  EXPECT_EQ(found.protocol.new_users, 0u);
  EXPECT_EQ(found.protocol.targets, 3u);
  EXPECT_EQ(found.protocol.unreachable_targets, 0u);
  EXPECT_EQ(found.protocol.repeated_targets, 0u);
  EXPECT_EQ(evaluated({{{0}, {2}}}, kDescending, Seen::kKeep).protocol.seen, "keep");
}

TEST(Evaluate, RanksWithoutTheHistoryWhenSeenItemsAreExcluded) {
  const std::vector<PersonForTest> people = {{{0, 1, 0, 3}, {4}}};
  EXPECT_DOUBLE_EQ(evaluated(people, kDescending, Seen::kExclude).metrics.at("mrr@5"), 1.0 / 2);
  EXPECT_DOUBLE_EQ(evaluated(people, kDescending, Seen::kKeep).metrics.at("mrr@5"), 1.0 / 5);
}

TEST(Evaluate, KeepsOtherTargetsInTheRanking) {
  const auto found = evaluated({{{5}, {4, 1}}}, kDescending, Seen::kExclude);
  EXPECT_DOUBLE_EQ(found.metrics.at("ndcg@5"), (gain(2) + gain(5)) / (gain(1) + gain(2)));
  EXPECT_DOUBLE_EQ(found.metrics.at("map@5"), (1.0 / 2 + 2.0 / 5) / 2);
}

TEST(Evaluate, BreaksTiesByIndex) {
  const auto found = evaluated({{{5}, {3}}, {{5}, {0}}}, {1, 1, 2, 1, 1, 1}, Seen::kExclude);
  EXPECT_DOUBLE_EQ(found.per_user[0].at_10[kNdcg], gain(4));
  EXPECT_DOUBLE_EQ(found.per_user[1].at_10[kNdcg], gain(2));
}

TEST(Evaluate, CountsATargetThatOccursTwiceOnce) {
  const auto found = evaluated({{{0}, {2, 2, 9, 9}}}, kDescending, Seen::kExclude);
  EXPECT_EQ(found.protocol.targets, 2u);
  EXPECT_EQ(found.protocol.unreachable_targets, 1u);
  EXPECT_DOUBLE_EQ(found.metrics.at("recall@5"), 0.5);
}

TEST(Evaluate, LeavesOutTargetsThatWereSeenAndUsersWhoHaveNoOthers) {
  const std::vector<PersonForTest> people = {{{0, 1}, {0, 2, 0}}, {{3, 8}, {3, 8}}, {{1}, {2}}};
  const auto excluded = evaluated(people, kDescending, Seen::kExclude);
  EXPECT_EQ(excluded.protocol.users, 2u);
  EXPECT_EQ(excluded.protocol.targets, 2u);
  EXPECT_EQ(excluded.protocol.repeated_targets, 3u);
  EXPECT_EQ(excluded.per_user.size(), 2u);
  EXPECT_DOUBLE_EQ(excluded.metrics.at("mrr@5"), (1.0 + 1.0 / 2) / 2);
  const auto kept = evaluated(people, kDescending, Seen::kKeep);
  EXPECT_EQ(kept.protocol.users, 3u);
  EXPECT_EQ(kept.protocol.targets, 5u);
  EXPECT_EQ(kept.protocol.repeated_targets, 0u);
  EXPECT_EQ(kept.protocol.unreachable_targets, 1u);
  EXPECT_DOUBLE_EQ(kept.metrics.at("mrr@5"), (1.0 + 1.0 / 4 + 1.0 / 3) / 3);
}

TEST(Evaluate, MissesTargetsThatTheModelDoesNotKnow) {
  const auto found = evaluated({{{0}, {1, 70}}, {{0}, {80}}}, kDescending, Seen::kExclude);
  EXPECT_EQ(found.protocol.users, 2u);
  EXPECT_EQ(found.protocol.unreachable_targets, 2u);
  EXPECT_DOUBLE_EQ(found.metrics.at("recall@50"), 0.25);
  EXPECT_DOUBLE_EQ(found.metrics.at("ndcg@50"), 1 / (gain(1) + gain(2)) / 2);
  EXPECT_EQ(found.per_user[1].at_10[kNdcg], 0);
}

TEST(Evaluate, MissesTargetsThatMustNotBeRecommended) {
  const auto found = evaluated({{{0}, {1}}}, {3, kNever, 1}, Seen::kExclude);
  EXPECT_EQ(found.protocol.unreachable_targets, 0u);
  EXPECT_EQ(found.metrics.at("recall@50"), 0);
}

TEST(Evaluate, ReportsUsersWithoutAHistoryApart) {
  const std::vector<PersonForTest> people = {{{}, {0, 9}}, {{0}, {1}}, {{70, 71}, {2}}, {{}, {3}}};
  const auto found = evaluated(people, kDescending, Seen::kExclude);
  EXPECT_EQ(found.protocol.users, 1u);
  EXPECT_EQ(found.protocol.new_users, 3u);
  EXPECT_EQ(found.protocol.targets, 1u);
  EXPECT_EQ(found.protocol.unreachable_targets, 0u);
  EXPECT_EQ(found.per_user.size(), 1u);
  EXPECT_DOUBLE_EQ(found.metrics.at("mrr@5"), 1);
  EXPECT_DOUBLE_EQ(found.new_user_metrics.at("mrr@5"), (1 + 1.0 / 3 + 1.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(found.new_user_metrics.at("recall@5"), 2.5 / 3);
  EXPECT_EQ(found.new_user_metrics.size(), found.metrics.size());
}

TEST(Evaluate, AsksOnlyWhatComesBeforeThePart) {
  WorldForTest world = world_for_test({{{0, 1, 2, 3}, {4}}}, 6);
  world.split.users[0] = {1, 2, 3, 4};  // of events 0, 1, 2, 3, 4 the third validates and the last tests
  std::vector<std::size_t> asked;
  const RecommenderForTest model(6, [&](const Query& query) {
    for (const ItemIndex item : query.history.items) asked.push_back(to_size(item));
    EXPECT_FALSE(query.when.has_value());
    return kDescending;
  });
  const auto valid = evaluated(model, world, Seen::kExclude, Part::kValid);
  EXPECT_EQ(asked, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(valid.protocol.part, "valid");
  EXPECT_DOUBLE_EQ(valid.metrics.at("mrr@5"), 1);
  asked.clear();
  evaluated(model, world, Seen::kExclude, Part::kTest);
  EXPECT_EQ(asked, (std::vector<std::size_t>{0, 1, 2, 3}));
}

// A user's events at the seconds 10, 20, 30 and so on; the part begins with the third.
TEST(Evaluate, SaysWhenThePartBeginsToAModelThatAsks) {
  WorldForTest world = world_for_test({{{0, 1}, {2, 3}}, {{4, 5}, {0}}}, 6);
  const auto asked_at = [&](bool asks) {
    std::vector<std::optional<Timestamp>> found;
    RecommenderForTest model(6, [&](const Query& query) {
      found.push_back(query.when);
      return kDescending;
    });
    if (asks) model.set_asks_when();
    EXPECT_EQ(evaluated(model, world, Seen::kExclude).protocol.query_time, asks ? "known" : "ignored");
    return found;
  };
  using Moments = std::vector<std::optional<Timestamp>>;
  EXPECT_EQ(asked_at(true), (Moments(2)));  // the log has no times
  std::vector<EventForTest> events;
  for (const auto& [user, items] : {std::pair{"0", "0123"}, std::pair{"1", "450"}}) {
    for (std::int64_t e = 0; items[e] != 0; ++e) {
      events.push_back({user, std::string(1, items[e]), std::nullopt, 10 * (e + 1)});
    }
  }
  world.dataset = dataset_for_test(events);
  EXPECT_EQ(asked_at(true), (Moments(2, Timestamp{30'000'000})));
  EXPECT_EQ(asked_at(false), (Moments(2)));
}

TEST(Evaluate, HasNoMetricsWhenNobodyCanBeRanked) {
  WorldForTest world = world_for_test({{{0, 1}, {}}, {{2}, {}}}, 6);
  const auto found = evaluated(RecommenderForTest(kDescending), world, Seen::kExclude);
  EXPECT_EQ(found.protocol.users, 0u);
  EXPECT_TRUE(found.metrics.empty());
  EXPECT_TRUE(found.new_user_metrics.empty());
  EXPECT_TRUE(found.per_user.empty());
}

// Of twelve items everybody is shown the first ten: the shares of events are 1/2, 1/4, 1/8, 1/8, then none.
TEST(Evaluate, MeasuresCoverageAndNoveltyOfTopTenLists) {
  const std::vector<float> scores = {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  const auto found = evaluated({{{0, 0, 0, 0, 1, 1}, {4}}, {{2, 3}, {5}}}, scores, Seen::kKeep);
  EXPECT_DOUBLE_EQ(found.metrics.at("coverage@10"), 10.0 / 12);
  const double without_events = std::log2(8.0 + 12.0);
  EXPECT_DOUBLE_EQ(found.metrics.at("novelty@10"), (1 + 2 + 3 + 3 + 6 * without_events) / 10);
}

TEST(Evaluate, CoversWhatAnyUserIsShown) {
  std::vector<float> scores;
  for (int i = 0; i < 40; ++i) scores.push_back(static_cast<float>(-i));
  const auto found = evaluated({{{0, 1}, {20}}, {{5}, {21}}}, scores, Seen::kExclude);
  EXPECT_DOUBLE_EQ(found.metrics.at("coverage@10"), 12.0 / 40);  // items 2 to 11, and 0 to 10 without 5
}

TEST(Evaluate, ShowsFewerThanTenWhereTheCatalogueEnds) {
  const auto found = evaluated({{{0, 0, 1, 2}, {1}}}, {3, 2, kNever}, Seen::kKeep);
  EXPECT_DOUBLE_EQ(found.metrics.at("coverage@10"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(found.metrics.at("novelty@10"), (1 + 2) / 2.0);
}

// Item "p" is everybody's last event, and nobody's before.
TEST(Evaluate, CannotReachAModelThroughThePartThatItPredicts) {
  std::vector<EventForTest> events;
  for (const char* user : {"u", "v", "w", "x"}) {
    for (const char* item : {"a", "b", "p"}) events.push_back({user, item});
  }
  const Dataset dataset = dataset_for_test(events, {{"a", "b", "p", "q"}, {}});
  const Split split = split_leave_one_out(dataset);
  const TrainingEvents training(dataset, split);
  const std::vector<std::uint32_t> counts(training.counts().begin(), training.counts().end());
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{4, 0, 0, 0}));
  ThreadPool pool(1);
  FitContext context{pool, 1};
  const auto model = fit_popularity(training, {}, context);
  const auto found = evaluate(*model, training.items(), counts, dataset, split, {}, pool);
  EXPECT_EQ(found.protocol.users, 4u);
  EXPECT_DOUBLE_EQ(found.metrics.at("mrr@5"), 1);  // a and b are seen; p and q have the same score, and p comes first
  const auto kept = evaluate(*model, training.items(), counts, dataset, split, {Part::kTest, Seen::kKeep}, pool);
  EXPECT_DOUBLE_EQ(kept.metrics.at("mrr@5"), 1.0 / 3);
}

// All of 200 items have one score: the target is anywhere among the 199 that are not seen.
TEST(Evaluate, ExpectsOfTiesWhatLotsWouldGive) {
  const auto found = evaluated({{{0}, {1}}, {{0}, {150}}}, std::vector<float>(200, 1), Seen::kExclude);
  EXPECT_EQ(found.protocol.tied_targets, 2u);
  EXPECT_DOUBLE_EQ(found.metrics.at("hit_rate@10"), 0.5);
  EXPECT_NEAR(found.expected_metrics.at("hit_rate@10"), 10.0 / 199, 1e-12);
  EXPECT_NEAR(found.expected_metrics.at("recall@50"), 50.0 / 199, 1e-12);
}

TEST(Evaluate, ShowsNoExpectedMetricsWhereFewTargetsAreTied) {
  const auto found = evaluated({{{0}, {1}}}, {1, 4, 3, 2, 2}, Seen::kExclude);
  EXPECT_EQ(found.protocol.tied_targets, 0u);
  EXPECT_TRUE(found.expected_metrics.empty());
}

TEST(EvaluateDeathTest, StopsOnScoresThatCannotBeRanked) {
  GTEST_FLAG_SET(death_test_style,
                 "threadsafe");  // evaluation starts threads, which a fork in a threaded process may not
  for (const float score : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_DEATH(evaluated({{{0}, {1}}}, {1, 2, score}, Seen::kExclude), "check failed: score");
  }
}

}  // namespace
}  // namespace attune
