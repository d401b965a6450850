#include "base/error.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Error, JoinsItsPartsAndKeepsItsKind) {
  const Error error(ErrorKind::kCorrupt, "log.csv", ':', 12, ": found \"", std::string("x"), "\", share ", 0.5);
  EXPECT_STREQ(error.what(), "log.csv:12: found \"x\", share 0.5");
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
}

TEST(Error, IsCaughtAsAStandardException) {
  try {
    throw Error(ErrorKind::kUsage, "message");
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "message");
  }
}

}  // namespace
}  // namespace attune
