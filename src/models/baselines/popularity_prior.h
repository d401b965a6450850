#pragma once

#include <span>
#include <vector>

#include "base/matrix_view.h"
#include "models/model.h"

namespace attune {

// What a model answers when a history says nothing (it is empty, or of items that no training event met): the items by
// popularity, log(1 + training events). Models keep it as their tensor `log_counts`.
std::vector<float> log_counts(const TrainingEvents& events);

void save_log_counts(ModelWriter& writer, std::span<const float> log_counts);

// Verified: a value an item, from 0 to the logarithm of 2^32. Lives as long as the reader's keep_alive().
std::span<const float> load_log_counts(const ModelReader& reader);

// Refuses the file unless every value is finite and at most `max` in magnitude.
void refuse_larger(const ModelReader& reader, const std::string& name, std::span<const float> values, float max);

}  // namespace attune
