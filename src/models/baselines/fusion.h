#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace attune {

// How a member's answer to one query enters a sum of several (docs/mathematics.md, equations B20 and B21).
enum class Fusion { kScore, kRank };

// In place. kScore: (x - mean) / standard deviation over the finite values, zeros where all are alike; what is not
// finite gets the smallest of the result. kRank: 1 / (60 + rank), rank from 1, ties to the lower index; what is -inf or
// NaN comes last.
void standardise(Fusion fusion, std::span<float> scores);

// By how much standardise multiplies a difference of scores under kScore: 1 / standard deviation, or 0.
float score_factor(std::span<const float> scores);

}  // namespace attune
