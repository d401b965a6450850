#pragma once

#include <filesystem>
#include <string>

#include "storage/safetensors.h"
#include "training/weights.h"

namespace attune {

// A checkpoint is a safetensors file: weights and moments are tensors, counters are metadata (docs/formats.md). Written
// whole or not at all, so that a killed run leaves the one before.

inline void add_weights(SafetensorsWriter& file, const std::string& name, const Weights& weights) {
  if (weights.parameters.size() > 0) {
    file.add(name + ".parameters", {weights.parameters.size()}, weights.parameters.span());
  }
  file.add(name + ".table", {weights.items, weights.width}, weights.table.span());
}

// Throws Error(kCorrupt) when the file has no weights of this name and size.
void read_weights(const SafetensorsReader& file, const std::string& name, Weights& weights);

}  // namespace attune
