#include "data/id_numbering.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace attune {
namespace {

TEST(IdNumbering, AddsRowsAsOneAfterTheOther) {
  Rng rng(7);
  Strings texts;
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    texts.push_back(std::string(rng.below(12), 'x') + std::to_string(rng.below(3000)));
    if (rng.below(5) > 0) rows.push_back(i);
  }
  IdNumbering together, apart;
  std::vector<std::uint32_t> numbers{99}, expected{99};
  together.add_rows(texts.view(), rows, numbers);
  for (const std::uint32_t row : rows) expected.push_back(apart.add(texts.view()[row]));
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(together.ids().bytes, apart.ids().bytes);
}

}  // namespace
}  // namespace attune
