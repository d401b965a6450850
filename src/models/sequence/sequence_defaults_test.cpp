#include "models/sequence/sequence_defaults.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "base/error.h"

namespace attune {
namespace {

LogShape shape(std::vector<std::size_t> lengths, std::size_t items, std::size_t long_history, bool has_times) {
  const std::size_t events = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
  return {lengths.size(), events, items, long_history, std::move(lengths), has_times};
}
const LogShape kDense = shape(std::vector<std::size_t>(6000, 150), 3400, 400, true);
const LogShape kSparse = shape(std::vector<std::size_t>(800, 8), 1000, 15, false);

SequenceConfig settled(SequenceConfig config, const LogShape& log) {
  std::vector<std::string> reasons;
  const SequenceConfig made = with_defaults(config, log, reasons);
  EXPECT_TRUE(made.settled());
  EXPECT_NO_THROW(made.validate());
  EXPECT_FALSE(reasons.empty());
  return made;
}

TEST(SequenceDefaults, LeaveNothingOpenForAnyPresetLossAndLog) {
  for (const char* preset : {"auto", "sasrec", "esasrec", "hstu"}) {
    for (const char* loss : {"auto", "cross-entropy", "sampled-softmax", "bce", "gbce", "sce"}) {
      for (const LogShape& log : {kDense, kSparse, LogShape{}}) {
        SequenceConfig config;
        config.preset = preset;
        config.loss = loss;
        const SequenceConfig made = settled(config, log);
        EXPECT_TRUE(config.loss == "auto" || made.loss == config.loss);
        EXPECT_EQ(made.network().width % made.network().heads, 0U);
        EXPECT_GE(made.trainer(1).loss.negatives, 1U);
      }
    }
  }
}

TEST(SequenceDefaults, APresetIsWhatItsPaperSays) {
  SequenceConfig config;
  config.preset = "sasrec";
  const SequenceConfig sasrec = settled(config, kDense);
  EXPECT_EQ(sasrec.loss, "bce");
  EXPECT_EQ(sasrec.negatives, 1);
  EXPECT_EQ(sasrec.heads, 1);
  EXPECT_EQ(sasrec.final_rate, 1);
  EXPECT_EQ(sasrec.average, 0);
  config.preset = "esasrec";
  const SequenceConfig esasrec = settled(config, kDense);
  EXPECT_EQ(esasrec.loss, "sampled-softmax");
  EXPECT_EQ(esasrec.negatives, 256);
  EXPECT_EQ(esasrec.feed_forward, "swiglu");
  EXPECT_EQ(esasrec.network().block, BlockKind::kGated);
}

TEST(SequenceDefaults, FollowTheLog) {
  const SequenceConfig dense = settled({}, kDense), sparse = settled({}, kSparse);
  EXPECT_EQ(dense.max_history, 200);
  EXPECT_EQ(sparse.max_history, 50);
  EXPECT_LT(dense.dropout, sparse.dropout);
  EXPECT_GT(dense.batch, sparse.batch);
  EXPECT_LT(dense.epochs, sparse.epochs);
  SequenceConfig hstu;
  hstu.preset = "hstu";
  EXPECT_EQ(settled(hstu, kDense).time_bias, "yes");
  EXPECT_EQ(settled(hstu, kSparse).time_bias, "no");
}

TEST(SequenceDefaults, CountTheEventsThatAreRead) {
  std::vector<std::size_t> lengths(6000, 100);
  const SequenceConfig without = settled({}, shape(lengths, 3400, 200, true));
  for (std::size_t u = 0; u < 100; ++u) lengths[u] = 10'000;
  const LogShape longer = shape(lengths, 3400, 200, true);
  SequenceConfig newest;
  newest.stride = 0;  // of ten thousand events the newest 200 are read
  EXPECT_EQ(without.epochs, 84);
  EXPECT_EQ(settled(newest, longer).epochs, 82);
  EXPECT_EQ(settled({}, longer).epochs, 31);
}

TEST(SequenceDefaults, LookAsFarAheadAsIsAsked) {
  LogShape log = kDense;
  EXPECT_EQ(settled({}, log).horizon, 1);
  log.targets_per_user = 81.4;
  EXPECT_EQ(settled({}, log).horizon, 81);
  SequenceConfig published;
  published.preset = "sasrec";
  EXPECT_EQ(settled(published, log).horizon, 1);
  EXPECT_EQ(settled(published, log).stride, 0);
}

TEST(SequenceDefaults, KeepWhatIsGiven) {
  SequenceConfig config;
  config.dropout = 0;
  config.epochs = 3;
  config.learning_rate = 0.5;
  config.average = 0;
  const SequenceConfig made = settled(config, kDense);
  EXPECT_EQ(made.dropout, 0);
  EXPECT_EQ(made.epochs, 3);
  EXPECT_EQ(made.learning_rate, 0.5);
  EXPECT_EQ(made.average, 0);
}

TEST(SequenceDefaults, RefuseTimesThatTheLogDoesNotHave) {
  std::vector<std::string> reasons;
  SequenceConfig config;
  config.time_bias = "yes";
  EXPECT_THROW(with_defaults(config, kSparse, reasons), Error);
  config.time_bias = "auto";
  config.query_time = "known";
  EXPECT_THROW(with_defaults(config, kDense, reasons), Error);  // sasrec does not use times
}

}  // namespace
}  // namespace attune
