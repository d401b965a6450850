#pragma once

#include <string>

namespace attune {

// Names of a sequence model's tensors (docs/formats.md).
inline const std::string kParameterPrefix = "network.";
inline const std::string kItemVectors = "item_vectors";
inline const std::string kLogCounts = "log_counts";

}  // namespace attune
