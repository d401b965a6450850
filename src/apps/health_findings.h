#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/health.h"

namespace attune {

// What the counts of a Health mean, in whole sentences: first what to fear, then what is good to know.
struct Finding {
  bool warning = false;
  std::string topic;  // one word or two: "ties", "bursts"
  std::string text;
};

std::vector<Finding> health_findings(const Dataset& dataset, const Health& health);

}  // namespace attune
