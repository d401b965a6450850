#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"
#include "features/item_features.h"

namespace attune {
namespace {

// Of items a, b, c, … with these titles.
SparseMatrix features_of(const std::vector<std::string>& titles, const std::vector<std::string>& descriptions = {}) {
  TableForTest table;
  for (std::size_t i = 0; i < titles.size(); ++i) table.ids.emplace_back(1, static_cast<char>('a' + i));
  table.columns.push_back({"title", ColumnKind::kText, titles});
  if (!descriptions.empty()) table.columns.push_back({"description", ColumnKind::kText, descriptions});
  const Dataset dataset = dataset_for_test({{"u", "a"}}, table);
  return text_features(TrainingEvents(dataset, split_none(dataset)));
}

std::vector<std::uint32_t> columns(const SparseMatrix& matrix, std::size_t row) {
  const auto found = matrix.view().row(row).columns;
  return {found.begin(), found.end()};
}

TEST(TextFeatures, WordsOfTwoItemsMakeTheVocabulary) {
  const SparseMatrix x = features_of({"alien war", "alien love", "love story"});
  EXPECT_EQ(x.width, 2U);  // alien, love
  EXPECT_EQ(columns(x, 0), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(columns(x, 1), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(columns(x, 2), (std::vector<std::uint32_t>{1}));
}

TEST(TextFeatures, WeightsAreTfIdfOverAllTextColumns) {
  const SparseMatrix x = features_of({"war", "war love", "war"}, {"", "war war", "love"});
  ASSERT_EQ(x.width, 2U);  // love, war
  const double love = 1 + std::log(4.0 / 3.0), war = (1 + std::log(3.0)) * (1 + std::log(4.0 / 4.0));
  const auto row = x.view().row(1);
  ASSERT_EQ(row.columns.size(), 2U);
  EXPECT_FLOAT_EQ(row.values[0], static_cast<float>(love / std::hypot(love, war)));
  EXPECT_FLOAT_EQ(row.values[1], static_cast<float>(war / std::hypot(love, war)));
}

TEST(TextFeatures, PunctuationIsNoWordAndCaseDoesNotMatter) {
  const SparseMatrix x = features_of({"WAR, and -- love!", "war? Love.", "--, !"});
  EXPECT_EQ(x.width, 2U);
  EXPECT_EQ(columns(x, 0), columns(x, 1));
  EXPECT_TRUE(columns(x, 2).empty());
}

TEST(TextFeatures, CompatibleSpellingsAreOneWord) {
  // Full-width letters, a ligature and a sharp s, and an accent in two encodings.
  EXPECT_EQ(features_of({"Ｗａｒ", "war"}).width, 1U);
  EXPECT_EQ(features_of({"ﬁlm straße", "film STRASSE"}).width, 2U);
  EXPECT_EQ(features_of({"caf\u00E9", "cafe\u0301"}).width, 1U);
}

TEST(TextFeatures, ChineseJapaneseAndThaiAreCutIntoWords) {
  const SparseMatrix chinese = features_of({"我爱北京", "他在北京工作"});
  EXPECT_EQ(chinese.width, 1U);  // Beijing
  const SparseMatrix japanese = features_of({"東京の夏", "東京物語"});
  EXPECT_EQ(japanese.width, 1U);  // Tokyo
  const SparseMatrix thai = features_of({"ภาษาไทย", "ภาษาอังกฤษ"});
  EXPECT_EQ(thai.width, 1U);  // language
}

TEST(TextFeatures, NumbersAreWords) { EXPECT_EQ(features_of({"Alien (1979)", "Mad Max (1979)"}).width, 1U); }

TEST(TextFeatures, CategoriesAreNotRead) {
  const Dataset dataset =
      dataset_for_test({{"u", "a"}}, {{"a", "b"}, {{"kind", ColumnKind::kCategory, {"film", "film"}}}});
  EXPECT_EQ(text_features(TrainingEvents(dataset, split_none(dataset))).width, 0U);
}

TEST(TextFeatures, ItemsWithoutTextHaveEmptyRows) {
  const SparseMatrix x = features_of({"war", "", "war"});
  EXPECT_EQ(x.offsets, (std::vector<std::uint64_t>{0, 1, 1, 2}));
}

TEST(TextFeatures, WithoutACatalogueThereAreNoColumns) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}});
  const SparseMatrix x = text_features(TrainingEvents(dataset, split_none(dataset)));
  EXPECT_EQ(x.width, 0U);
  EXPECT_EQ(x.view().rows(), 2U);
}

}  // namespace
}  // namespace attune
