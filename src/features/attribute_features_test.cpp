#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "data/dataset_for_test.h"
#include "features/item_features.h"

namespace attune {
namespace {

std::vector<std::string> letters(std::size_t n) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < n; ++i) ids.emplace_back(1, static_cast<char>('a' + i));
  return ids;
}

// Of items a, b, c, … that stand in the catalogue in this order.
SparseMatrix features_of(std::size_t items, std::vector<ColumnForTest> columns) {
  const Dataset dataset = dataset_for_test({{"u", "a"}}, {letters(items), std::move(columns)});
  return attribute_features(TrainingEvents(dataset, split_none(dataset)));
}

double cosine(const SparseMatrix& matrix, std::size_t a, std::size_t b) {
  const auto x = matrix.view().row(a), y = matrix.view().row(b);
  double sum = 0;
  for (std::size_t n = 0; n < x.columns.size(); ++n) {
    for (std::size_t m = 0; m < y.columns.size(); ++m) {
      if (x.columns[n] == y.columns[m]) sum += static_cast<double>(x.values[n]) * y.values[m];
    }
  }
  return sum;
}

std::size_t entries(const SparseMatrix& matrix, std::size_t row) { return matrix.view().row(row).columns.size(); }

TEST(AttributeFeatures, CategoriesAreOneHot) {
  const SparseMatrix x = features_of(4, {{"kind", ColumnKind::kCategory, {"film", "book", "film", "book"}}});
  EXPECT_EQ(x.width, 2U);
  EXPECT_EQ(x.columns, (std::vector<std::uint32_t>{0, 1, 0, 1}));
  EXPECT_EQ(x.values, (std::vector<float>{1, 1, 1, 1}));
}

TEST(AttributeFeatures, ListsAreMultiHotAndRareValuesWeighMore) {
  const SparseMatrix x =
      features_of(5, {{"genres", ColumnKind::kList, {"Drama|War", "Drama|War", "Drama", "Drama", ""}}});
  EXPECT_EQ(x.width, 2U);
  const double drama = 1 + std::log(6.0 / 5.0), war = 1 + std::log(6.0 / 3.0), length = std::hypot(drama, war);
  const auto row = x.view().row(0);
  ASSERT_EQ(row.columns.size(), 2U);
  EXPECT_FLOAT_EQ(row.values[0], static_cast<float>(drama / length));
  EXPECT_FLOAT_EQ(row.values[1], static_cast<float>(war / length));
  EXPECT_NEAR(cosine(x, 0, 1), 1, 1e-6);
  EXPECT_NEAR(cosine(x, 0, 2), drama / length, 1e-6);
  EXPECT_EQ(entries(x, 4), 0U);
}

TEST(AttributeFeatures, AValueRepeatedInAListCountsOnce) {
  const SparseMatrix x = features_of(2, {{"genres", ColumnKind::kList, {"War|War", "War"}}});
  EXPECT_EQ(x.values, (std::vector<float>{1, 1}));
}

TEST(AttributeFeatures, AValueOfOneItemAloneHasNoColumn) {
  const SparseMatrix x = features_of(3, {{"code", ColumnKind::kCategory, {"x1", "x2", "x3"}}});
  EXPECT_EQ(x.width, 0U);
  EXPECT_EQ(x.view().rows(), 3U);
}

TEST(AttributeFeatures, NumbersFallIntoTenBinsOfEqualFrequency) {
  std::vector<std::string> years;
  for (int i = 0; i < 20; ++i) years.push_back(std::to_string(i * i));  // far from evenly spaced
  const SparseMatrix x = features_of(20, {{"year", ColumnKind::kNumber, years}});
  EXPECT_EQ(x.width, 10U);
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_EQ(entries(x, i), 1U);
    EXPECT_EQ(x.view().row(i).columns[0], i / 2);
  }
}

TEST(AttributeFeatures, DatesFallIntoBinsAndPathsAndVectorsAreNotRead) {
  const SparseMatrix x =
      features_of(4, {{"released", ColumnKind::kDate, {"1990-01-01", "1990-01-01", "2020-05-05", ""}},
                      {"poster", ColumnKind::kPath, {"a.jpg", "a.jpg", "b.jpg", "b.jpg"}},
                      {"embedding", ColumnKind::kVector, {"1", "1", "2", ""}}});
  EXPECT_EQ(x.width, 1U);  // 2020 stands alone
  EXPECT_EQ(entries(x, 0), 1U);
  EXPECT_EQ(entries(x, 1), 1U);
  EXPECT_EQ(entries(x, 3), 0U);
}

TEST(AttributeFeatures, EqualNumbersShareABinAndAMissingOneHasNone) {
  const SparseMatrix x = features_of(6, {{"price", ColumnKind::kNumber, {"5", "5", "5", "5", "7", ""}}});
  EXPECT_EQ(x.width, 1U);  // 7 stands alone
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(entries(x, i), 1U);
  EXPECT_EQ(entries(x, 4), 0U);
  EXPECT_EQ(entries(x, 5), 0U);
}

TEST(AttributeFeatures, EqualValuesOfDifferentColumnsAreDifferentFeatures) {
  const SparseMatrix x = features_of(4, {{"maker", ColumnKind::kCategory, {"Apple", "Apple", "", ""}},
                                         {"taste", ColumnKind::kCategory, {"", "", "Apple", "Apple"}}});
  EXPECT_EQ(x.width, 2U);
  EXPECT_EQ(cosine(x, 0, 2), 0);
}

TEST(AttributeFeatures, AllRowsHaveUnitLength) {
  const SparseMatrix x = features_of(4, {{"genres", ColumnKind::kList, {"a|b|c", "a", "b|c", "c|a"}},
                                         {"year", ColumnKind::kNumber, {"1", "1", "2", "2"}}});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(cosine(x, i, i), 1, 1e-6);
}

TEST(AttributeFeatures, WithoutACatalogueThereAreNoColumns) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}});
  const SparseMatrix x = attribute_features(TrainingEvents(dataset, split_none(dataset)));
  EXPECT_EQ(x.width, 0U);
  EXPECT_EQ(x.view().rows(), 2U);
}

}  // namespace
}  // namespace attune
