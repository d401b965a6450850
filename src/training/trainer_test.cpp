#include "training/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/dataset_for_test.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

constexpr std::size_t kItems = 12;

// Users who go round a circle of items, each from a place of their own: what comes next is certain from the event
// before.
Dataset circle() {
  std::vector<EventForTest> events;
  for (std::size_t u = 0; u < 60; ++u) {
    for (std::size_t e = 0; e < 4 + u % 5; ++e) {
      events.push_back({"u" + std::to_string(u), std::to_string((u * 5 + e) % kItems), std::nullopt,
                        static_cast<std::int64_t>(1000 * e)});
    }
  }
  return dataset_for_test(events);
}

NetworkConfig network() {
  NetworkConfig config;
  config.width = 16;
  config.heads = 2;
  config.blocks = 1;
  config.max_history = 6;
  config.inner = 16;
  config.block = BlockKind::kGated;
  config.feed_forward = FeedForwardKind::kSwiglu;
  config.time_bias = config.position_bias = true;
  config.embedding_scale = 4;
  return config;
}

TrainerConfig trainer(LossKind loss) {
  TrainerConfig config;
  config.layout = {.batch = 20, .chunk_tokens = 15, .lanes = 4};
  config.loss.kind = loss;
  config.loss.negatives = 8;
  config.optimizer.learning_rate = 0.01;
  config.optimizer.warmup_steps = 5;
  config.optimizer.final_rate = 0.1;
  config.optimizer.average_decay = 0.9;
  config.optimizer.clip = 1;
  config.optimizer.weight_decay = 0.01;
  config.dropout = 0.2;
  config.epochs = 8;
  config.time = TimeUse::kEvents;
  return config;
}

struct Trained {
  std::vector<float> weights;
  TrainingResult result;
};

class TrainerTest : public testing::Test {
 protected:
  Trained run(const TrainerConfig& config, int threads, const TrainingHooks& hooks = {}) {
    ThreadPool pool(threads);
    const SequenceWindows windows(events_, {.max_history = 6});
    Learner learner(network(), config, windows, events_.counts(), pool);
    Trained found;
    found.result = train(learner, config, windows, hooks);
    const Weights& weights = found.result.weights;
    found.weights.assign(weights.parameters.span().begin(), weights.parameters.span().end());
    found.weights.insert(found.weights.end(), weights.table.span().begin(), weights.table.span().end());
    return found;
  }

  Dataset dataset_ = circle();
  TrainingEvents events_{dataset_, split_none(dataset_)};
};

// Logits of what follows items 2, 3 and 4 of the circle, by item.
std::vector<float> following(const Weights& weights, const TrainingEvents& events) {
  SequenceNetwork<float> net(network());
  net.pack(weights.parameters.data());
  SequenceNetwork<float>::Workspace work;
  const std::vector<std::uint32_t> offsets{0, 3}, positions{3, 4, 5};
  const std::vector<double> times{0, 1000, 2000};
  std::vector<std::uint32_t> items;
  for (const char* id : {"2", "3", "4"}) items.push_back(static_cast<std::uint32_t>(*events.items().ids.find(id)));
  const MatrixView hidden = net.encode({offsets, items, positions, times, times}, weights.rows(), work);
  std::vector<float> logits(kItems);
  for (std::size_t i = 0; i < kItems; ++i) {
    float& logit = logits[std::stoul(std::string(events.items().ids[i]))];
    for (std::size_t c = 0; c < hidden.columns; ++c) logit += hidden(0, c) * weights.rows()(i, c);
  }
  return logits;
}

TEST_F(TrainerTest, WhatAlwaysFollowsIsLearned) {
  for (const LossKind loss :
       {LossKind::kCrossEntropy, LossKind::kSampledSoftmax, LossKind::kBce, LossKind::kGbce, LossKind::kBucketed}) {
    TrainerConfig config = trainer(loss);
    config.epochs = 60;
    config.dropout = 0;
    config.optimizer.average_decay = 0;
    const std::vector<float> logits = following(run(config, 2).result.weights, events_);
    EXPECT_EQ(std::ranges::max_element(logits) - logits.begin(), 5) << static_cast<int>(loss);
  }
}

// By how much the next item is preferred to the one after it.
TEST_F(TrainerTest, AHorizonTeachesMoreThanWhatComesNext) {
  TrainerConfig config = trainer(LossKind::kCrossEntropy);
  config.epochs = 60;
  config.dropout = 0;
  const auto margin = [&](std::size_t horizon) {
    config.horizon = horizon;
    const std::vector<float> logits = following(run(config, 2).result.weights, events_);
    return logits[5] - logits[6];
  };
  const float next_alone = margin(1);
  EXPECT_GT(next_alone, 2.0F);
  EXPECT_LT(margin(3), 0.6F * next_alone);
}

TEST_F(TrainerTest, AnyNumberOfThreadsGivesTheSameBytes) {
  for (const LossKind loss : {LossKind::kCrossEntropy, LossKind::kSampledSoftmax, LossKind::kBce}) {
    const std::vector<float> one = run(trainer(loss), 1).weights;
    for (const int threads : {2, 4, 8}) EXPECT_EQ(run(trainer(loss), threads).weights, one) << threads;
  }
}

TEST_F(TrainerTest, AnotherSeedGivesOtherWeights) {
  TrainerConfig other = trainer(LossKind::kBce);
  other.seed = 2;
  EXPECT_NE(run(other, 1).weights, run(trainer(LossKind::kBce), 1).weights);
}

TEST_F(TrainerTest, ARunThatIsStoppedAndResumedGivesTheSameBytes) {
  const TestFolder folder;
  for (const LossKind loss : {LossKind::kCrossEntropy, LossKind::kSampledSoftmax}) {
    const TrainerConfig config = trainer(loss);
    TrainingHooks hooks;
    hooks.settings = "these";
    hooks.validate = [&](const Weights& weights) { return 1 - std::abs(weights.table[3] - 0.01F); };
    const Trained whole = run(config, 2, hooks);

    hooks.checkpoint = folder.path() / "checkpoint";
    hooks.resume = true;
    int steps = 0;
    hooks.interrupted = [&] { return ++steps % 7 == 0; };  // in the middle of epochs
    Trained resumed;
    int stops = 0;
    for (bool done = false; !done;) {
      try {
        resumed = run(config, 1 + stops % 3, hooks);
        done = true;
      } catch (const Error& error) {
        ASSERT_NE(std::string(error.what()).find("--resume"), std::string::npos);
        ASSERT_LT(++stops, 100);
      }
    }
    EXPECT_GT(stops, 2);
    EXPECT_EQ(resumed.weights, whole.weights);
    EXPECT_EQ(resumed.result.best_epoch, whole.result.best_epoch);
    std::filesystem::remove(hooks.checkpoint);
  }
}

TEST_F(TrainerTest, ACheckpointOfOtherSettingsIsRefused) {
  const TestFolder folder;
  TrainingHooks hooks;
  hooks.checkpoint = folder.path() / "checkpoint";
  hooks.checkpoint_seconds = 0;
  hooks.settings = "these";
  run(trainer(LossKind::kBce), 1, hooks);
  hooks.resume = true;
  hooks.settings = "others";
  EXPECT_THROW(run(trainer(LossKind::kBce), 1, hooks), Error);
}

TEST_F(TrainerTest, TheBestOnValidationIsKeptAndPatienceEnds) {
  TrainerConfig config = trainer(LossKind::kBce);
  config.patience = 2;
  std::vector<double> values{0.1, 0.4, 0.3, 0.2, 0.9};
  std::size_t looks = 0;
  std::vector<float> at_best;
  TrainingHooks hooks;
  hooks.validate = [&](const Weights& weights) {
    if (looks == 1) at_best.assign(weights.table.span().begin(), weights.table.span().end());
    return values[looks++];
  };
  const Trained found = run(config, 2, hooks);
  EXPECT_EQ(looks, 4U);
  EXPECT_EQ(found.result.best_epoch, 2U);
  EXPECT_EQ(found.result.epochs, 4U);
  const auto table = found.result.weights.table.span();
  EXPECT_EQ(std::vector<float>(table.begin(), table.end()), at_best);
}

TEST_F(TrainerTest, LooksAtTheValidationPartEarlyThenRegularlyAndAtTheEnd) {
  TrainerConfig config = trainer(LossKind::kBce);
  config.epochs = 14;
  config.evaluate_every = 6;
  config.patience = 100;
  std::vector<std::size_t> looked;
  TrainingHooks hooks;
  hooks.validate = [](const Weights&) { return 0.5; };
  hooks.report = [&](const TrainingReport& report) {
    if (report.valid) looked.push_back(report.epoch);
  };
  run(config, 1, hooks);
  EXPECT_EQ(looked, (std::vector<std::size_t>{1, 2, 4, 6, 12, 14}));
}

TEST_F(TrainerTest, AGradientThatIsNotFiniteStopsAndNamesTheParameter) {
  TrainerConfig config = trainer(LossKind::kBce);
  ThreadPool pool(1);
  const SequenceWindows windows(events_, {.max_history = 6});
  Learner learner(network(), config, windows, events_.counts(), pool);
  for (float& value : learner.weights().parameters.span()) value = 1e30F;
  try {
    learner.step(learner.epoch(0).step(0));
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos) << error.what();
  }
}

TEST_F(TrainerTest, AWarmStartTakesTheRowsItKnows) {
  ThreadPool pool(1);
  const SequenceWindows windows(events_, {.max_history = 6});
  const TrainerConfig config = trainer(LossKind::kBce);
  Learner first(network(), config, windows, events_.counts(), pool),
      second(network(), config, windows, events_.counts(), pool);
  first.step(first.epoch(0).step(0));
  std::vector<std::uint32_t> rows(events_.items().size(), Learner::kNoRow);
  rows[0] = 5;
  const float random = second.weights().table[1 * 16];
  second.begin_with(first.weights().parameters.span(), first.weights().rows(), rows);
  EXPECT_EQ(second.weights().table[0], first.weights().table[5 * 16]);
  EXPECT_EQ(second.weights().table[1 * 16], random);
  EXPECT_EQ(second.weights().parameters[7], first.weights().parameters[7]);
}

TEST(LearningRate, RisesThenFallsAlongHalfACosine) {
  OptimizerConfig config;
  config.learning_rate = 2;
  config.warmup_steps = 10;
  config.total_steps = 110;
  config.final_rate = 0.25;
  EXPECT_NEAR(learning_rate(config, 5), 1, 1e-12);
  EXPECT_NEAR(learning_rate(config, 10), 2, 1e-12);
  EXPECT_NEAR(learning_rate(config, 60), 2 * (0.25 + 0.75 * 0.5), 1e-12);
  EXPECT_NEAR(learning_rate(config, 110), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate(config, 500), 0.5, 1e-12);
}

}  // namespace
}  // namespace attune
