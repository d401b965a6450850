#include "models/baselines/fusion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace attune {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> standardised(Fusion fusion, std::vector<float> scores) {
  standardise(fusion, scores);
  return scores;
}

TEST(Fusion, ScoresGetMeanZeroAndDeviationOne) {
  const auto found = standardised(Fusion::kScore, {1, 3, 1, 3});
  EXPECT_EQ(found, (std::vector<float>{-1, 1, -1, 1}));
  EXPECT_FLOAT_EQ(score_factor(std::vector<float>{1, 5, 1, 5}), 0.5F);
}

TEST(Fusion, ScoresThatAreAllAlikeSayNothing) {
  EXPECT_EQ(standardised(Fusion::kScore, {2, 2, 2}), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(standardised(Fusion::kScore, {-kInfinity, -kInfinity}), (std::vector<float>{0, 0}));
  EXPECT_TRUE(standardised(Fusion::kScore, {}).empty());
  EXPECT_EQ(score_factor(std::vector<float>{2, 2}), 0);
}

TEST(Fusion, WhatIsNotFiniteIsAsLowAsTheLowest) {
  EXPECT_EQ(standardised(Fusion::kScore, {1, -kInfinity, 3}), (std::vector<float>{-1, -1, 1}));
}

TEST(Fusion, RanksAreReciprocalAndTiesGoToTheLowerIndex) {
  const auto found = standardised(Fusion::kRank, {1, 5, 1, std::nanf("")});
  EXPECT_FLOAT_EQ(found[1], 1.0F / 61);
  EXPECT_FLOAT_EQ(found[0], 1.0F / 62);
  EXPECT_FLOAT_EQ(found[2], 1.0F / 63);
  EXPECT_FLOAT_EQ(found[3], 1.0F / 64);
}

}  // namespace
}  // namespace attune
