#include "base/check.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Check, LetsPassWhatHolds) {
  int evaluated = 0;
  ATTUNE_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, StopsAndNamesConditionAndPlaceInEveryBuild) {
  const int answer = 41;
  EXPECT_DEATH(ATTUNE_CHECK(answer == 42), "check_test\\.cpp:[0-9]+: check failed: answer == 42");
}

}  // namespace
}  // namespace attune
