#include "evaluation/significance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace attune {
namespace {

Significance bootstrap(const std::vector<double>& values, std::size_t models, int threads = 2,
                       BootstrapConfig config = {2000, 3}) {
  ThreadPool pool(threads);
  return paired_bootstrap({values.data(), values.size() / models, models}, config, pool);
}

TEST(Holm, StepsDownFromTheSmallest) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  EXPECT_EQ(holm(p), (std::vector<double>{0.03, 0.06, 0.06, 0.02}));
  EXPECT_EQ(holm(std::vector<double>{0.9, 0.8}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm({}).empty());
}

// Of a mean of n normal values with deviation s the 95 % interval is that of 1.96 s / sqrt(n) to either side.
TEST(PairedBootstrap, FindsTheIntervalOfAMean) {
  Rng rng(1);
  std::vector<double> values(4000);
  double sum = 0, squares = 0;
  for (double& value : values) value = 2 + rng.normal(), sum += value, squares += value * value;
  const auto n = static_cast<double>(values.size());
  const double mean = sum / n, error = std::sqrt((squares / n - mean * mean) / n);
  const Significance found = bootstrap(values, 1);
  EXPECT_NEAR(found.means[0], mean, 1e-12);
  EXPECT_NEAR(found.intervals[0].low, mean - 1.96 * error, 0.15 * error);
  EXPECT_NEAR(found.intervals[0].high, mean + 1.96 * error, 0.15 * error);
  EXPECT_TRUE(found.differences.empty());
}

// Users differ much, models little: only a paired comparison can tell.
TEST(PairedBootstrap, ComparesOnTheSameUsers) {
  Rng rng(2);
  std::vector<double> values;
  for (int u = 0; u < 500; ++u) {
    const double user = 10 * rng.normal();
    values.insert(values.end(), {user, user + 0.1 + 0.2 * rng.normal()});
  }
  const Significance found = bootstrap(values, 2);
  ASSERT_EQ(found.differences.size(), 1u);
  EXPECT_LT(found.differences[0].interval.high, 0);
  EXPECT_NEAR(found.differences[0].mean, -0.1, 0.03);
  EXPECT_DOUBLE_EQ(found.differences[0].p, 2.0 / 2001);
  EXPECT_LT(found.intervals[0].low, found.means[1]);
  EXPECT_GT(found.intervals[0].high, found.means[1]);
}

TEST(PairedBootstrap, RejectsAsOftenAsItSaysWhereNothingDiffers) {
  int rejected = 0;
  for (std::uint64_t round = 0; round < 200; ++round) {
    Rng rng(100 + round);
    std::vector<double> values(2 * 100);
    for (double& value : values) value = rng.uniform();
    rejected += bootstrap(values, 2, 1, {400, round}).differences[0].p < 0.05 ? 1 : 0;
  }
  EXPECT_GE(rejected, 2);  // 10 expected; 2 to 22 hold in all but one of 3000 runs
  EXPECT_LE(rejected, 22);
}

TEST(PairedBootstrap, FindsNothingBetweenEqualModelsOrWithoutUsers) {
  const Significance equal = bootstrap({1, 1, 2, 2, 5, 5}, 2);
  EXPECT_EQ(equal.differences[0].p, 1);
  EXPECT_EQ(equal.differences[0].interval.low, 0);
  const Significance none = bootstrap({}, 2);
  EXPECT_EQ(none.differences[0].p_holm, 1);
  EXPECT_EQ(none.means, (std::vector<double>{0, 0}));
}

TEST(PairedBootstrap, CorrectsForAllPairs) {
  Rng rng(4);
  std::vector<double> values(300);
  for (double& value : values) value = rng.uniform();
  const Significance found = bootstrap(values, 3);
  ASSERT_EQ(found.differences.size(), 3u);
  std::vector<double> p;
  for (const Difference& difference : found.differences) p.push_back(difference.p);
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found.differences[i].p_holm, corrected[i]);
  EXPECT_EQ(found.differences[2].a, 1u);
  EXPECT_EQ(found.differences[2].b, 2u);
}

TEST(PairedBootstrap, IsTheSameForAnyNumberOfThreads) {
  Rng rng(5);
  std::vector<double> values(600);
  for (double& value : values) value = rng.uniform();
  const Significance one = bootstrap(values, 3, 1), many = bootstrap(values, 3, 5);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.differences[i].interval.low, many.differences[i].interval.low);
    EXPECT_EQ(one.differences[i].p, many.differences[i].p);
    EXPECT_EQ(one.intervals[i].high, many.intervals[i].high);
  }
}

}  // namespace
}  // namespace attune
