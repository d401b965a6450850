#include "apps/spelling.h"

#include <gtest/gtest.h>

#include <vector>

namespace attune {
namespace {

const std::vector<std::string> kFlags = {"--k", "--out", "--items", "--items-encoding", "--max-history"};

TEST(Spelling, FindsTheNameWithTheFewestEdits) {
  EXPECT_EQ(nearest_name("--max-histroy", kFlags), "--max-history");
  EXPECT_EQ(nearest_name("--item", kFlags), "--items");
  EXPECT_EQ(nearest_name("--ouy", kFlags), "--out");
}

TEST(Spelling, TakesABeginningForTheWhole) { EXPECT_EQ(nearest_name("--items-enc", kFlags), "--items-encoding"); }

TEST(Spelling, FindsNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("--zzzzzzzz", kFlags), "");
  EXPECT_EQ(nearest_name("x", kFlags), "");
}

}  // namespace
}  // namespace attune
