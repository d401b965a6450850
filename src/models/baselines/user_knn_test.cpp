#include "models/baselines/user_knn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "base/error.h"
#include "models/baselines/baseline_for_test.h"
#include "storage/atomic_file.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

// u {a, b, c}, v {a, b, d}, w {b}, x {a, c}. Nobody met e.
Dataset small_log() {
  return dataset_for_test(
      {{"u", "a"}, {"u", "b"}, {"u", "c"}, {"v", "b"}, {"v", "a"}, {"v", "d"}, {"w", "b"}, {"x", "a"}, {"x", "c"}},
      {{"a", "b", "c", "d", "e"}, {}});
}

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const UserKnnConfig& config) {
  return fitted_for_test(fit_user_knn, dataset, config);
}

TEST(UserKnn, CosineWorkedByHand) {
  const auto scores = scores_for_test(*fitted(small_log(), {.likeness = {}}), items_for_test({0, 1}));
  const float three = 2 / std::sqrt(6.0F), two = 1 / std::sqrt(4.0F);  // u and v; x. w knows nothing beyond the history
  EXPECT_FLOAT_EQ(scores[2], three + two);
  EXPECT_FLOAT_EQ(scores[3], three);
  EXPECT_EQ(scores[4], 0);
  EXPECT_FLOAT_EQ(scores[1], 2 * three);
}

TEST(UserKnn, AHistoryThatKnowsNothingBeyondTakesNoPlaceAmongTheNeighbours) {
  const auto model = fitted(small_log(), {.neighbors = 1, .likeness = {}});
  const auto scores = scores_for_test(*model, items_for_test({1}));  // w is most alike, but u comes first of the others
  EXPECT_FLOAT_EQ(scores[2], 1 / std::sqrt(3.0F));
}

TEST(UserKnn, AHistoryThatSaysNothingIsAnsweredByPopularity) {
  const auto model = fitted(small_log(), {});
  for (const auto& history : {items_for_test({}), items_for_test({4})}) {
    EXPECT_FALSE(model->personal(query_for_test(history)));
    EXPECT_FLOAT_EQ(scores_for_test(*model, history)[0], std::log(4.0F));
  }
}

TEST(UserKnn, SimilarItemsShareHistories) {
  const auto similar = fitted(small_log(), {})->similar(ItemIndex{2});
  EXPECT_FLOAT_EQ(similar[0], 2 / std::sqrt(6.0F));
  EXPECT_EQ(similar[3], -std::numeric_limits<float>::infinity());
}

TEST(UserKnn, ContributionsAddUpToTheScoreForEveryLikeness) {
  const Dataset dataset = random_log_for_test(60, 40, 700, 2);
  for (const char* kind : {"cosine", "jaccard", "tf-idf", "bm25"}) {
    const auto model = fitted(dataset, {.neighbors = 7, .likeness = {.similarity = kind, .shrinkage = 2}});
    const auto history = items_for_test({3, 8, 1, 20, 8});
    for (std::uint32_t item = 0; item < model->items(); ++item) {
      EXPECT_NEAR(missing_from_contributions(*model, history, ItemIndex{item}), 0, 1e-5) << kind;
    }
  }
}

// The score once more, from sets.
TEST(UserKnn, AgreesWithSetsOfItems) {
  const Dataset dataset = random_log_for_test(60, 40, 500, 4);
  const TrainingEvents events(dataset, split_none(dataset));
  const auto model = fitted(dataset, {.neighbors = 0, .likeness = {.similarity = "jaccard"}});
  const std::set<std::size_t> own = {2, 5, 9};
  std::vector<double> expected(events.items().size());
  for (std::size_t u = 0; u < events.users(); ++u) {
    std::set<std::size_t> theirs;
    for (const ItemIndex item : events.history(static_cast<UserIndex>(u)).items) theirs.insert(to_size(item));
    std::vector<std::size_t> shared;
    std::ranges::set_intersection(own, theirs, std::back_inserter(shared));
    if (shared.empty() || shared.size() == theirs.size()) continue;
    const double likeness =
        static_cast<double>(shared.size()) / static_cast<double>(own.size() + theirs.size() - shared.size());
    for (const std::size_t item : theirs) expected[item] += likeness;
  }
  const auto scores = scores_for_test(*model, items_for_test({2, 5, 9}));
  for (std::size_t j = 0; j < expected.size(); ++j) EXPECT_NEAR(scores[j], expected[j], 1e-5);
}

TEST(UserKnn, TheOrderOfUsersLeavesNoTraceInTheFile) {
  const std::vector<EventForTest> log = {{"u", "a"}, {"u", "b"}, {"v", "a"}, {"w", "a"}, {"w", "b"}, {"w", "c"}};
  std::vector<EventForTest> other = log;
  for (EventForTest& event : other) event.user = event.user == "u" ? "w" : event.user == "w" ? "u" : event.user;
  std::stable_sort(other.begin(), other.end(), [](const auto& a, const auto& b) { return a.item < b.item; });
  const TestFolder folder;
  for (const auto& [name, events] : {std::pair{"one", log}, std::pair{"two", other}}) {
    SafetensorsWriter file;
    ModelWriter writer(file);
    const auto model = fitted(dataset_for_test(events), {});
    model->save(writer);
    file.write(folder / name);
  }
  EXPECT_EQ(read_file(folder / "one"), read_file(folder / "two"));
}

TEST(UserKnn, SettingsOutOfRangeAreRefusedByName) {
  EXPECT_THROW((UserKnnConfig{.neighbors = -1, .likeness = {}}.validate()), Error);
  EXPECT_THROW((UserKnnConfig{.likeness = {.similarity = "?"}}.validate()), Error);
}

}  // namespace
}  // namespace attune
