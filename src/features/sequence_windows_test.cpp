#include "features/sequence_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"
#include "features/negative_sampler.h"

namespace attune {
namespace {

// Users whose histories have these lengths; event e of a user is of item e.
Dataset dataset_of(const std::vector<std::size_t>& lengths) {
  std::vector<EventForTest> events;
  for (std::size_t u = 0; u < lengths.size(); ++u) {
    for (std::size_t e = 0; e < lengths[u]; ++e) events.push_back({"u" + std::to_string(u), std::to_string(e)});
  }
  return dataset_for_test(events);
}

std::vector<std::uint32_t> items_of(const SequenceWindows& windows, std::size_t window) {
  std::vector<std::uint32_t> found;
  for (const ItemIndex item : windows.history(window).items) found.push_back(static_cast<std::uint32_t>(item));
  return found;
}

TEST(SequenceWindows, TheNewestPartOfALongHistoryTrains) {
  const Dataset dataset = dataset_of({1, 2, 7});
  const TrainingEvents events(dataset, split_none(dataset));
  const SequenceWindows windows(events, {.max_history = 3});
  ASSERT_EQ(windows.size(), 2U);  // a single event predicts nothing
  EXPECT_EQ(items_of(windows, 0), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(items_of(windows, 1), (std::vector<std::uint32_t>{3, 4, 5, 6}));
  EXPECT_EQ(windows.tokens(), 1U + 3U);
  EXPECT_EQ(windows.longest(), 3U);
}

TEST(SequenceWindows, WithAStrideAllEventsAreRead) {
  const Dataset dataset = dataset_of({8});
  const TrainingEvents events(dataset, split_none(dataset));
  const SequenceWindows windows(events, {.max_history = 3, .stride = 2});
  std::set<std::uint32_t> predicted;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const auto items = items_of(windows, w);
    EXPECT_LE(items.size(), 4U);
    predicted.insert(items.begin() + 1, items.end());
  }
  EXPECT_EQ(predicted.size(), 7U);  // each event but the first
}

TEST(Epoch, EachWindowIsInOneChunkOfTheEpochAndChunksKeepToTheirSize) {
  std::vector<std::size_t> lengths;
  for (std::size_t u = 0; u < 101; ++u) lengths.push_back(2 + u * 7 % 60);
  const Dataset dataset = dataset_of(lengths);
  const TrainingEvents events(dataset, split_none(dataset));
  const SequenceWindows windows(events, {.max_history = 50});
  const LaneLayout layout{.batch = 16, .chunk_tokens = 40, .lanes = 4};
  const Epoch epoch(windows, layout, Rng(3));
  std::vector<int> met(windows.size());
  EXPECT_EQ(epoch.steps(), 7U);
  for (std::size_t s = 0; s < epoch.steps(); ++s) {
    const Epoch::Step step = epoch.step(s);
    std::size_t tokens = 0;
    for (const auto& lane : step.lanes) {
      for (const Chunk& chunk : lane) {
        std::size_t here = 0;
        for (const std::uint32_t window : chunk) {
          ++met[window];
          here += windows.tokens(window);
        }
        EXPECT_LE(here, 50U);  // the longest window, where that is more than a chunk
        tokens += here;
      }
    }
    EXPECT_EQ(tokens, step.tokens);
  }
  EXPECT_TRUE(std::ranges::all_of(met, [](int times) { return times == 1; }));
}

TEST(NegativeSampler, DrawsByTrainingEventsToAPower) {
  const std::vector<std::uint32_t> counts{1, 0, 16, 81};
  for (const double power : {0.5, 1.0}) {
    const NegativeSampler sampler(counts, power);
    Rng rng(1);
    std::vector<double> drawn(4);
    constexpr int kDraws = 200000;
    for (int n = 0; n < kDraws; ++n) drawn[sampler.draw(rng)] += 1.0 / kDraws;
    double total = 0;
    for (const std::uint32_t count : counts) total += count == 0 ? 0 : std::pow(count, power);
    for (std::size_t i = 0; i < 4; ++i) {
      const double expected = counts[i] == 0 ? 0 : std::pow(counts[i], power) / total;
      EXPECT_NEAR(drawn[i], expected, 0.005);
      if (counts[i] > 0) {
        EXPECT_NEAR(std::exp(sampler.log_probability(static_cast<std::uint32_t>(i))), expected, 1e-12);
      }
    }
    EXPECT_EQ(drawn[1], 0);
  }
}

TEST(NegativeSampler, IsUniformWithPowerZero) {
  const std::vector<std::uint32_t> counts{5, 0, 1};
  const NegativeSampler sampler(counts, 0);
  Rng rng(1);
  std::vector<int> drawn(3);
  for (int n = 0; n < 30000; ++n) ++drawn[sampler.draw(rng)];
  for (const int times : drawn) EXPECT_NEAR(times, 10000, 400);
}

}  // namespace
}  // namespace attune
