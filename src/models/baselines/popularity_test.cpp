#include "models/baselines/popularity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset_for_test.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::unique_ptr<Recommender> fitted(const Dataset& dataset, const Split& split) {
  ThreadPool pool(1);
  FitContext context{pool, 1};
  return fit_popularity(TrainingEvents(dataset, split), {}, context);
}

std::vector<float> scores_of(const Recommender& model, std::span<const Query> queries) {
  std::vector<float> scores(queries.size() * model.items(), -1);
  model.score(queries, MutableMatrixView(scores.data(), queries.size(), model.items()));
  return scores;
}

std::vector<float> scores_of(const Recommender& model) { return scores_of(model, std::vector<Query>(1)); }

TEST(Popularity, ScoresTheLogarithmOfOnePlusTheCount) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}, {"w", "a"}}, {{"a", "b", "c"}, {}});
  const std::vector<float> expected = {std::log(4.0F), std::log(2.0F), 0};
  const auto scores = scores_of(*fitted(dataset, split_none(dataset)));
  ASSERT_EQ(scores.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(scores[i], expected[i]);
}

TEST(Popularity, IsTheSameForEveryHistory) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}});
  const auto model = fitted(dataset, split_none(dataset));
  const std::vector<ItemIndex> items = {ItemIndex{1}, ItemIndex{0}};
  const std::vector<Query> queries = {{{items, {}, {}}, std::nullopt}, {}};
  const auto scores = scores_of(*model, queries);
  ASSERT_EQ(scores.size(), 4u);
  EXPECT_EQ(scores[0], scores[2]);
  EXPECT_EQ(scores[1], scores[3]);
  EXPECT_FALSE(model->personal(queries[0]));
  EXPECT_FALSE(model->personal(queries[1]));
  EXPECT_EQ(model->contributions(queries[0], ItemIndex{0}), (std::vector<float>{0, 0}));
  EXPECT_TRUE(model->contributions(queries[1], ItemIndex{0}).empty());
  EXPECT_TRUE(model->similar(ItemIndex{0}).empty());
}

TEST(Popularity, DoesNotSeeEventsOutsideOfTheTrainingPart) {
  const std::vector<EventForTest> before = {{"u", "a"}, {"u", "b"}, {"u", "a"}, {"v", "b"}, {"v", "a"}, {"v", "b"}};
  std::vector<EventForTest> after = before;
  after[1].item = after[2].item = after[4].item = after[5].item = "c";
  const TableForTest catalogue = {{"a", "b", "c"}, {}};
  const Dataset dataset = dataset_for_test(before, catalogue), other = dataset_for_test(after, catalogue);
  const auto scores = scores_of(*fitted(dataset, split_leave_one_out(dataset)));
  EXPECT_EQ(scores, scores_of(*fitted(other, split_leave_one_out(other))));
  EXPECT_FLOAT_EQ(scores[0], std::log(2.0F));
  EXPECT_FLOAT_EQ(scores[1], std::log(2.0F));
  EXPECT_EQ(scores[2], 0);
}

TEST(Popularity, ComesBackFromItsFile) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"v", "a"}});
  const auto model = fitted(dataset, split_none(dataset));
  const TestFolder folder;
  SafetensorsWriter file;
  ModelWriter writer(file);
  model->save(writer);
  file.write(folder / "model");
  std::unique_ptr<Recommender> loaded;
  {
    const auto opened = SafetensorsReader::open(folder / "model");
    loaded = load_popularity(ModelReader(opened, 2), {});
  }
  EXPECT_EQ(loaded->items(), 2u);
  EXPECT_EQ(scores_of(*loaded), scores_of(*model));
}

// Why a file with these scores is refused as a model of two items; empty when it is not.
std::string refusal(const std::vector<float>& scores) {
  const TestFolder folder;
  SafetensorsWriter file;
  ModelWriter(file).add("log_popularity", {scores.size()}, std::span<const float>(scores));
  file.write(folder / "model");
  const auto opened = SafetensorsReader::open(folder / "model");
  try {
    load_popularity(ModelReader(opened, 2), {});
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    return error.what();
  }
}

TEST(Popularity, RefusesAFileWithOtherThanAScoreAnItem) {
  EXPECT_EQ(refusal({0, 1}), "");
  EXPECT_NE(refusal({0}).find("1 values for 2 items"), std::string::npos) << refusal({0});
  EXPECT_NE(refusal({0, 1, 2}).find("3 values for 2 items"), std::string::npos);
  EXPECT_NE(refusal({0, -1}).find("value 1"), std::string::npos);
  EXPECT_NE(refusal({std::numeric_limits<float>::quiet_NaN(), 0}).find("value 0"), std::string::npos);
  EXPECT_NE(refusal({0, std::numeric_limits<float>::infinity()}).find("value 1"), std::string::npos);
}

}  // namespace
}  // namespace attune
