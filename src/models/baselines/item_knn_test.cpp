#include "models/baselines/item_knn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"

namespace attune {
namespace {

// Users and their items: u {a, b, c}, v {a, b}, w {b}, x {a}; c twice by u. Nobody met d.
Dataset small_log() {
  return dataset_for_test(
      {{"u", "a"}, {"u", "b"}, {"u", "c"}, {"u", "c"}, {"v", "b"}, {"v", "a"}, {"w", "b"}, {"x", "a"}},
      {{"a", "b", "c", "d"}, {}});
}

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const ItemKnnConfig& config) {
  return fitted_for_test(fit_item_knn, dataset, config);
}

const ItemKnnConfig kCosine{.likeness = {}};

TEST(ItemKnn, CosineWorkedByHand) {
  const auto model = fitted(small_log(), kCosine);
  const float ab = 2 / std::sqrt(9.0F), ac = 1 / std::sqrt(3.0F), none = 0;
  const std::vector<float> expected = {none, ab, ac, none};
  const auto scores = scores_for_test(*model, items_for_test({0}));
  for (std::size_t j = 0; j < 4; ++j) EXPECT_FLOAT_EQ(scores[j], expected[j]) << j;
  EXPECT_FLOAT_EQ(scores_for_test(*model, items_for_test({0, 1}))[2], 2 * ac);
}

TEST(ItemKnn, JaccardAndShrinkageWorkedByHand) {
  ItemKnnConfig config = kCosine;
  config.likeness.similarity = "jaccard";
  EXPECT_FLOAT_EQ(scores_for_test(*fitted(small_log(), config), items_for_test({0}))[1], 2 / 4.0F);
  config.likeness.shrinkage = 6;
  EXPECT_FLOAT_EQ(scores_for_test(*fitted(small_log(), config), items_for_test({0}))[1], 2 / 10.0F);
}

TEST(ItemKnn, KeepsTheNearestAndOfEqualOnesTheFirst) {
  ItemKnnConfig config = kCosine;
  config.neighbors = 1;
  const auto model = fitted(small_log(), config);
  EXPECT_GT(scores_for_test(*model, items_for_test({0}))[1], 0);
  EXPECT_EQ(scores_for_test(*model, items_for_test({0}))[2], 0);
  const auto of_c = scores_for_test(*model, items_for_test({2}));  // a and b are equally near
  EXPECT_GT(of_c[0], 0);
  EXPECT_EQ(of_c[1], 0);
}

TEST(ItemKnn, AnItemThatAHistoryRepeatsCountsOnceAndItsNewestEventStandsForIt) {
  const auto model = fitted(small_log(), kCosine);
  const auto once = items_for_test({0, 1}), repeated = items_for_test({0, 1, 0});
  EXPECT_EQ(scores_for_test(*model, once), scores_for_test(*model, repeated));
  const auto shares = model->contributions(query_for_test(repeated), ItemIndex{2});
  EXPECT_EQ(shares[0], 0);
  EXPECT_GT(shares[2], 0);
}

TEST(ItemKnn, AHistoryThatSaysNothingIsAnsweredByPopularity) {
  const auto model = fitted(small_log(), kCosine);
  for (const auto& history : {items_for_test({}), items_for_test({3})}) {
    EXPECT_FALSE(model->personal(query_for_test(history)));
    const auto scores = scores_for_test(*model, history);
    EXPECT_FLOAT_EQ(scores[0], std::log(4.0F));
    EXPECT_FLOAT_EQ(scores[2], std::log(3.0F));
    EXPECT_EQ(scores[3], 0);
  }
  EXPECT_TRUE(model->personal(query_for_test(items_for_test({3, 0}))));
}

TEST(ItemKnn, SimilarItemsAreTheNeighbours) {
  const auto similar = fitted(small_log(), kCosine)->similar(ItemIndex{2});
  EXPECT_FLOAT_EQ(similar[0], 1 / std::sqrt(3.0F));
  EXPECT_EQ(similar[3], -std::numeric_limits<float>::infinity());
}

// The likenesses once more, pair by pair from sets.
std::vector<std::vector<double>> slow_likenesses(const Dataset& dataset, const std::string& kind, double shrinkage) {
  const TrainingEvents events(dataset, split_none(dataset));
  std::vector<std::set<std::size_t>> users_of(events.items().size());
  std::vector<std::set<std::size_t>> items_of(events.users());
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (const ItemIndex item : events.history(static_cast<UserIndex>(u)).items) {
      users_of[to_size(item)].insert(u);
      items_of[u].insert(to_size(item));
    }
  }
  double met = 0, pairs = 0;
  for (const auto& users : users_of) met += users.empty() ? 0 : 1, pairs += static_cast<double>(users.size());
  const auto weight = [&](std::size_t u) {
    const double rarity = std::max(0.0, std::log(met / (1 + static_cast<double>(items_of[u].size()))));
    return kind == "cosine" || kind == "jaccard" ? 1.0 : rarity * rarity;
  };
  const auto sum = [&](std::size_t a, std::size_t b) {
    double shared = 0;
    for (const std::size_t u : users_of[a]) shared += users_of[b].contains(u) ? weight(u) : 0;
    return shared;
  };
  std::vector found(users_of.size(), std::vector<double>(users_of.size()));
  for (std::size_t a = 0; a < found.size(); ++a) {
    for (std::size_t b = 0; b < found.size(); ++b) {
      const double shared = sum(a, b);
      if (a == b || shared == 0) continue;
      const auto n_a = static_cast<double>(users_of[a].size()), n_b = static_cast<double>(users_of[b].size());
      const auto factor = [&](double n) { return 101 / (100 * (0.2 + 0.8 * n / (pairs / met)) + 1); };
      double denominator = std::sqrt(sum(a, a) * sum(b, b));
      if (kind == "jaccard") denominator = n_a + n_b - shared;
      if (kind == "bm25") denominator = 1 / (factor(n_a) * factor(n_b));
      found[a][b] = shared / (denominator + shrinkage);
    }
  }
  return found;
}

TEST(ItemKnn, EveryLikenessAgreesWithPairsOfSets) {
  const Dataset dataset = random_log_for_test(60, 40, 700, 1);
  for (const char* kind : {"cosine", "jaccard", "tf-idf", "bm25"}) {
    for (const double shrinkage : {0.0, 3.0}) {
      ItemKnnConfig config{.neighbors = 0, .likeness = {.similarity = kind, .shrinkage = shrinkage}};
      const auto model = fitted(dataset, config);
      const auto slow = slow_likenesses(dataset, kind, shrinkage);
      for (std::uint32_t i = 0; i < slow.size() - 1; ++i) {
        const auto scores = scores_for_test(*model, items_for_test({i}));
        for (std::size_t j = 0; j < slow.size(); ++j) {
          ASSERT_NEAR(scores[j], slow[i][j], 1e-6 * std::max(1.0, slow[i][j])) << kind << ' ' << i << ' ' << j;
        }
      }
    }
  }
}

TEST(ItemKnn, ContributionsAddUpToTheScore) {
  const auto model = fitted(random_log_for_test(60, 40, 700, 2), {.neighbors = 5, .likeness = {}});
  const auto history = items_for_test({3, 8, 1, 20, 8});
  for (std::uint32_t item = 0; item < model->items(); ++item) {
    EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{item}), 0, 1e-6);
  }
}

TEST(ItemKnn, IsTheSameForAnyNumberOfThreads) {
  const Dataset dataset = random_log_for_test(80, 200, 3000, 3);
  const ItemKnnConfig config{.neighbors = 10, .likeness = {.similarity = "bm25"}};
  const auto one = fitted_for_test(fit_item_knn, dataset, config, 1);
  const auto many = fitted_for_test(fit_item_knn, dataset, config, 5);
  EXPECT_EQ(scores_for_test(*one, items_for_test({1, 2, 3})), scores_for_test(*many, items_for_test({1, 2, 3})));
}

TEST(ItemKnn, SettingsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const ItemKnnConfig& config) -> std::string {
    try {
      config.validate();
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal({}), "");
  EXPECT_NE(refusal({.neighbors = -1, .likeness = {}}).find("neighbors is -1"), std::string::npos);
  EXPECT_NE(refusal({.likeness = {.similarity = "cosin"}}).find("'cosin'"), std::string::npos);
  EXPECT_NE(refusal({.likeness = {.shrinkage = -1}}).find("shrinkage"), std::string::npos);
  EXPECT_NE(refusal({.likeness = {.bm25_b = 2}}).find("bm25_b"), std::string::npos);
}

}  // namespace
}  // namespace attune
