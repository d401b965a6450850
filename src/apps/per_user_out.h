#pragma once

#include <filesystem>

#include "data/dataset.h"
#include "evaluation/evaluate.h"

namespace attune {

// Throws Error(kUsage) unless write_per_user can write a file of this name.
void require_per_user_path(const std::filesystem::path& path);

// A row for each user that the metrics average over, in the dataset's order: to .csv and .parquet the user, the lengths
// of history and targets and the metrics at 10; to .npy the metrics alone, in the order of kMetricFields.
void write_per_user(const std::filesystem::path& path, const Dataset& dataset, const Evaluation& evaluation);

}  // namespace attune
