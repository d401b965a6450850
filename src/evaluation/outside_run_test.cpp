#include "evaluation/outside_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "data/training_events.h"
#include "evaluation/world_for_test.h"
#include "models/recommender_for_test.h"

namespace attune {
namespace {

using Order = OutsideRun::Order;

Evaluation evaluated(const OutsideRun& run, const WorldForTest& world, Seen seen = Seen::kExclude) {
  ThreadPool pool(2);
  return evaluate(run.scores(), world.items, world.counts, world.dataset, world.split, {Part::kTest, seen}, pool);
}

TEST(OutsideRun, IsRankedByScoreOrByRank) {
  const WorldForTest world = world_for_test({{{0}, {2}}, {{1}, {3}}}, 5);
  for (const Order order : {Order::kScore, Order::kRank}) {
    const double sign = order == Order::kScore ? 1 : -1;
    OutsideRun run(world.dataset, world.items, order);
    EXPECT_EQ(run.add("1", "3", sign * 2.5), std::nullopt);
    EXPECT_EQ(run.add("0", "0", sign * 9), std::nullopt);  // seen: passed over
    EXPECT_EQ(run.add("0", "4", sign * 2), std::nullopt);
    EXPECT_EQ(run.add("0", "2", sign * 1), std::nullopt);
    run.finish("run");
    const Evaluation found = evaluated(run, world);
    EXPECT_DOUBLE_EQ(found.metrics.at("mrr@5"), (1.0 / 2 + 1) / 2);
    EXPECT_DOUBLE_EQ(evaluated(run, world, Seen::kKeep).metrics.at("mrr@5"), (1.0 / 3 + 1) / 2);
  }
}

TEST(OutsideRun, MissesWhatItDoesNotList) {
  const WorldForTest world = world_for_test({{{0}, {2}}, {{1}, {3}}}, 5);
  OutsideRun run(world.dataset, world.items, Order::kScore);
  run.add("0", "3", 1);
  run.finish("run");
  EXPECT_EQ(evaluated(run, world).metrics.at("recall@50"), 0);
  EXPECT_EQ(run.users(), 1u);
  EXPECT_FALSE(run.has(UserIndex{1}));
}

// Scores that a float cannot tell apart are not ties; equal ones are.
TEST(OutsideRun, KeepsDoublesApart) {
  const WorldForTest world = world_for_test({{{0}, {2}}, {{1}, {3}}}, 5);
  OutsideRun run(world.dataset, world.items, Order::kScore);
  run.add("0", "1", 1);
  run.add("0", "2", 1 + 1e-12);
  run.add("1", "2", 7);
  run.add("1", "3", 7);
  run.finish("run");
  const Evaluation found = evaluated(run, world);
  EXPECT_DOUBLE_EQ(found.metrics.at("mrr@5"), (1 + 1.0 / 2) / 2);
  EXPECT_EQ(found.protocol.tied_targets, 1u);
  EXPECT_DOUBLE_EQ(found.expected_metrics.at("mrr@5"), (1 + 0.75) / 2);
}

TEST(OutsideRun, SaysWhatIsWrongWithARow) {
  const WorldForTest world = world_for_test({{{0}, {2, 70}}}, 5);
  OutsideRun run(world.dataset, world.items, Order::kScore);
  EXPECT_NE(run.add("9", "2", 1)->find("no user '9'"), std::string::npos);
  EXPECT_NE(run.add("0", "x", 1)->find("no item 'x'"), std::string::npos);
  EXPECT_NE(run.add("0", "70", 1)->find("after the training part"), std::string::npos);
  EXPECT_NE(run.add("0", "2", NAN)->find("finite"), std::string::npos);
  EXPECT_EQ(run.rows(), 0u);
  run.add("0", "2", 1);
  run.add("0", "2", 2);
  EXPECT_THROW(run.finish("run"), Error);
}

}  // namespace
}  // namespace attune
