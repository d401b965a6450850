#include "base/sparse_matrix.h"

#include <gtest/gtest.h>

#include <array>

#include "base/matrix_view.h"

namespace attune {
namespace {

TEST(SparseMatrix, WithoutRowsHasNone) {
  EXPECT_EQ(SparseMatrix().view().rows(), 0u);
  EXPECT_EQ(SparseView().rows(), 0u);
}

TEST(SparseMatrix, GivesItsRows) {
  const SparseMatrix matrix{{0, 2, 2, 3}, {1, 4, 0}, {0.5f, 2, 3}, 5};
  const SparseView view = matrix.view();
  EXPECT_EQ(view.rows(), 3u);
  EXPECT_EQ(view.width, 5u);
  EXPECT_EQ(view.row(0).columns[1], 4u);
  EXPECT_EQ(view.row(0).values[1], 2);
  EXPECT_TRUE(view.row(1).columns.empty());
  EXPECT_EQ(view.row(2).values.size(), 1u);
}

TEST(MatrixView, StepsFromRowToRowByItsStride) {
  std::array<int, 12> data;
  for (int i = 0; i < 12; ++i) data[static_cast<std::size_t>(i)] = i;
  const BasicMatrixView<int> dense(data.data(), 3, 4);
  EXPECT_EQ(dense(2, 3), 11);
  const BasicMatrixView<int> narrow(data.data(), 3, 2, 4);
  EXPECT_EQ(narrow(2, 1), 9);
  EXPECT_EQ(narrow.row(1).size(), 2u);
  const BasicMatrixView<const int> last = narrow.rows_from(2, 1);
  EXPECT_EQ(last.rows, 1u);
  EXPECT_EQ(last(0, 0), 8);
}

}  // namespace
}  // namespace attune
