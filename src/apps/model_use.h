#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/item_table.h"
#include "data/training_events.h"
#include "models/model.h"

namespace attune {

// What commands that use a model file share.

// The key of a model's provenance that holds its dataset's fingerprint.
inline constexpr const char* kFingerprintKey = "dataset_fingerprint";

// Whether the model says that it was trained on this dataset, byte for byte.
bool of_same_dataset(const Model& model, const Dataset& dataset);

// How often the training part has each of the model's items.
std::vector<std::uint32_t> training_counts(const Model& model, const TrainingEvents& events);

// The model's item of this identifier. Throws Error(kBadInput) naming the nearest ones when there is none.
ItemIndex find_item(const Model& model, std::string_view id);

// " Like it are 'a', 'b'." for error messages, or how to spell an identifier when nothing is.
std::string like_it(const IdMap& ids, std::string_view id);

}  // namespace attune
