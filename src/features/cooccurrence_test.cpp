#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/rng.h"
#include "data/dataset_for_test.h"
#include "features/item_features.h"

namespace attune {
namespace {

// Logs are written as one word a user, one letter an event.
Dataset log_of(const std::vector<std::string>& histories) {
  std::vector<EventForTest> events;
  for (std::size_t u = 0; u < histories.size(); ++u) {
    for (const char item : histories[u]) events.push_back({"user " + std::to_string(u), std::string(1, item)});
  }
  return dataset_for_test(events);
}

struct Extracted {
  SparseMatrix matrix;
  ItemTable items;

  std::size_t index(char item) const { return items.ids.find(std::string(1, item)).value(); }
  std::string row(char item) const {
    std::string text;
    const auto row = matrix.view().row(index(item));
    for (const std::uint32_t column : row.columns) text += items.id(ItemIndex{column});
    return text;
  }
  float at(char item, char other) const {
    const auto row = matrix.view().row(index(item));
    for (std::size_t n = 0; n < row.columns.size(); ++n) {
      if (row.columns[n] == index(other)) return row.values[n];
    }
    return 0;
  }
};

Extracted extract(const std::vector<std::string>& histories, const CooccurrenceConfig& config, int threads = 1) {
  const Dataset dataset = log_of(histories);
  const TrainingEvents events(dataset, split_none(dataset));
  ThreadPool pool(threads);
  return {cooccurrence(events, config, pool), events.items()};
}

constexpr CooccurrenceConfig kRaw{.window = 0, .forward = false, .normalization = 0, .shrinkage = 0, .neighbors = 0};

TEST(Cooccurrence, CountsPairsOfUsers) {
  const Extracted c = extract({"abc", "ab", "bd"}, kRaw);
  EXPECT_EQ(c.at('a', 'b'), 2);
  EXPECT_EQ(c.at('b', 'a'), 2);
  EXPECT_EQ(c.at('a', 'c'), 1);
  EXPECT_EQ(c.at('b', 'd'), 1);
  EXPECT_EQ(c.row('a'), "bc");
  EXPECT_EQ(c.row('d'), "b");
  EXPECT_EQ(c.at('a', 'a'), 0);
}

TEST(Cooccurrence, DividesByTheCountsAndTheShrinkage) {
  CooccurrenceConfig config = kRaw;
  config.normalization = 0.5;
  EXPECT_FLOAT_EQ(extract({"abc", "ab", "bd"}, config).at('a', 'b'), static_cast<float>(2 / std::sqrt(2 * 3)));
  config.shrinkage = 10;
  EXPECT_FLOAT_EQ(extract({"abc", "ab", "bd"}, config).at('a', 'b'), static_cast<float>(2 / (std::sqrt(2 * 3) + 10)));
  config.normalization = 1;
  EXPECT_FLOAT_EQ(extract({"abc", "ab", "bd"}, config).at('a', 'b'), 2.0F / (2 * 3 + 10));
}

TEST(Cooccurrence, LooksNoFurtherThanTheWindow) {
  CooccurrenceConfig config = kRaw;
  config.window = 1;
  EXPECT_EQ(extract({"abcde"}, config).row('c'), "bd");
  EXPECT_EQ(extract({"abcde"}, config).row('a'), "b");
  EXPECT_EQ(extract({"abcde"}, config).row('e'), "d");
  config.window = 2;
  EXPECT_EQ(extract({"abcde"}, config).row('c'), "abde");
  config.window = 1000;
  EXPECT_EQ(extract({"abcde"}, config).row('c'), "abde");
}

TEST(Cooccurrence, ForwardCountsOnlyWhatFollows) {
  CooccurrenceConfig config = kRaw;
  config.forward = true;
  const Extracted c = extract({"abc", "cb"}, config);
  EXPECT_EQ(c.row('a'), "bc");
  EXPECT_EQ(c.row('b'), "c");
  EXPECT_EQ(c.row('c'), "b");
  config.window = 1;
  EXPECT_EQ(extract({"abc", "cb"}, config).row('a'), "b");
}

TEST(Cooccurrence, EveryPairOfEventsCountsOnceWhenItemsRepeat) {
  const Extracted c = extract({"aba"}, kRaw);
  EXPECT_EQ(c.at('a', 'b'), 2);
  EXPECT_EQ(c.at('b', 'a'), 2);
  EXPECT_EQ(c.row('a'), "b");
  CooccurrenceConfig forward = kRaw;
  forward.forward = true;
  EXPECT_EQ(extract({"aba"}, forward).at('a', 'b'), 1);
  EXPECT_EQ(extract({"aba"}, forward).at('b', 'a'), 1);
}

TEST(Cooccurrence, KeepsTheLargestAndOfEqualOnesTheFirst) {
  CooccurrenceConfig config = kRaw;
  config.neighbors = 2;
  const Extracted c = extract({"xabcd", "xd"}, config);
  EXPECT_EQ(c.row('x'), "ad");
  EXPECT_EQ(c.at('x', 'd'), 2);
}

TEST(Cooccurrence, ItemsWithoutTrainingEventsHaveEmptyRows) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}}, {{"z"}, {{"title", ColumnKind::kText, {"Zen"}}}});
  const TrainingEvents events(dataset, split_none(dataset));
  ThreadPool pool(1);
  const SparseMatrix c = cooccurrence(events, {}, pool);
  EXPECT_EQ(c.width, 3U);
  EXPECT_EQ(c.offsets, (std::vector<std::uint64_t>{0, 1, 2, 2}));
}

TEST(Cooccurrence, SeesNoEventsBeyondTheTrainingPart) {
  const Dataset dataset = log_of({"abcd"});
  const TrainingEvents events(dataset, split_leave_one_out(dataset));
  ThreadPool pool(1);
  EXPECT_EQ(cooccurrence(events, kRaw, pool).columns, (std::vector<std::uint32_t>{1, 0}));
}

std::vector<std::string> random_log(std::size_t users, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::string> histories(users);
  for (std::string& history : histories) {
    for (std::size_t n = rng.below(30); n > 0; --n) history += static_cast<char>('A' + rng.below(57));
  }
  return histories;
}

// By definition: all pairs of positions of all users.
std::map<std::pair<char, char>, int> pairs_of(const std::vector<std::string>& histories,
                                              const CooccurrenceConfig& config) {
  std::map<std::pair<char, char>, int> pairs;
  for (const std::string& history : histories) {
    for (std::size_t p = 0; p < history.size(); ++p) {
      for (std::size_t q = 0; q < history.size(); ++q) {
        const auto distance = static_cast<std::int64_t>(q) - static_cast<std::int64_t>(p);
        const bool near = config.window == 0 || std::abs(distance) <= config.window;
        if (near && history[p] != history[q] && (distance > 0 || !config.forward)) ++pairs[{history[p], history[q]}];
      }
    }
  }
  return pairs;
}

TEST(Cooccurrence, AgreesWithTheDefinitionOnARandomLog) {
  const std::vector<std::string> histories = random_log(60, 3);
  for (const std::int64_t window : {0, 1, 7}) {
    for (const bool forward : {false, true}) {
      CooccurrenceConfig config = kRaw;
      config.window = window;
      config.forward = forward;
      const Extracted c = extract(histories, config);
      const auto pairs = pairs_of(histories, config);
      EXPECT_EQ(c.matrix.columns.size(), pairs.size());
      for (const auto& [pair, count] : pairs) EXPECT_EQ(c.at(pair.first, pair.second), static_cast<float>(count));
    }
  }
}

TEST(Cooccurrence, IsTheSameForAnyNumberOfThreads) {
  const std::vector<std::string> histories = random_log(200, 5);
  CooccurrenceConfig config;
  config.neighbors = 20;
  const Extracted one = extract(histories, config, 1);
  for (const int threads : {2, 5}) {
    const Extracted several = extract(histories, config, threads);
    EXPECT_EQ(several.matrix.offsets, one.matrix.offsets);
    EXPECT_EQ(several.matrix.columns, one.matrix.columns);
    EXPECT_EQ(several.matrix.values, one.matrix.values);
  }
}

TEST(Cooccurrence, AnEmptyLogHasNoRows) {
  const Extracted c = extract({}, {});
  EXPECT_EQ(c.matrix.view().rows(), 0U);
  EXPECT_EQ(c.matrix.width, 0U);
}

}  // namespace
}  // namespace attune
