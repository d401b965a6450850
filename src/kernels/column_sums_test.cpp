#include "kernels/column_sums.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"

namespace attune::kernels {
namespace {

template <class T>
void expect_sums_row_by_row() {
  on_every_isa([](Isa isa) {
    Rng rng(1);
    for (std::size_t columns = 0; columns < 70; ++columns) {
      for (const std::size_t rows : {0, 1, 5}) {
        const std::size_t stride = columns + 3;
        std::vector<T> x(rows * stride + 1), sums(columns + 1);
        for (T& value : x) value = static_cast<T>(rng.normal());
        for (T& value : sums) value = static_cast<T>(rng.normal());
        std::vector<T> expected = sums;
        for (std::size_t t = 0; t < rows; ++t) {
          for (std::size_t c = 0; c < columns; ++c) expected[c] += x[1 + t * stride + c];
        }
        add_column_sums({x.data() + 1, rows, columns, stride}, sums.data());
        ASSERT_EQ(sums, expected) << isa_name(isa) << ' ' << rows << " x " << columns;
      }
    }
  });
}

TEST(ColumnSums, AreThoseOfRowsAddedOneAfterTheOther) {
  expect_sums_row_by_row<float>();
  expect_sums_row_by_row<double>();
}

}  // namespace
}  // namespace attune::kernels
