#include "models/sparse_rows.h"

#include <gtest/gtest.h>

#include <vector>

namespace attune {
namespace {

// [0 2 0]
// [0 0 0]
// [1 3 4]
SparseMatrix small() { return {{0, 1, 1, 4}, {1, 0, 1, 2}, {2, 1, 3, 4}, 3}; }

TEST(SparseRows, ATransposeHoldsColumnsAsRows) {
  const SparseMatrix turned = transposed(small().view());
  EXPECT_EQ(turned.offsets, (std::vector<std::uint64_t>{0, 1, 3, 4}));
  EXPECT_EQ(turned.columns, (std::vector<std::uint32_t>{2, 0, 2, 2}));
  EXPECT_EQ(turned.values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(turned.width, 3u);
}

TEST(SparseRows, ATransposeOfNoColumnsHasNoRows) { EXPECT_EQ(transposed(empty_rows(5).view()).view().rows(), 0u); }

TEST(SparseRows, MatricesSideBySideKeepTheLeftAndWeighTheRight) {
  const SparseMatrix left = small(), both = side_by_side(left.view(), left.view(), 10);
  EXPECT_EQ(both.width, 6u);
  EXPECT_EQ(both.offsets, (std::vector<std::uint64_t>{0, 2, 2, 8}));
  EXPECT_EQ(both.columns, (std::vector<std::uint32_t>{1, 4, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(both.values, (std::vector<float>{2, 20, 1, 3, 4, 10, 30, 40}));
}

TEST(SparseRows, AnEntryThatIsNotThereIsZero) {
  const SparseMatrix matrix = small();
  EXPECT_EQ(entry(matrix.view().row(2), 1), 3.0F);
  EXPECT_EQ(entry(matrix.view().row(0), 2), 0.0F);
  EXPECT_EQ(entry(matrix.view().row(1), 0), 0.0F);
}

TEST(SparseRows, ADotProductMeetsSharedColumnsOnly) {
  const SparseMatrix matrix = small();
  EXPECT_EQ(dot(matrix.view().row(0), matrix.view().row(2)), 6.0);
  EXPECT_EQ(dot(matrix.view().row(1), matrix.view().row(2)), 0.0);
}

}  // namespace
}  // namespace attune
