#include "training/checkpoint.h"

#include <algorithm>

#include "base/error.h"

namespace attune {
namespace {

void read(const SafetensorsReader& file, const std::string& name, std::size_t rank, std::span<float> to) {
  const auto values = file.values<float>(name, rank);
  if (values.size() != to.size()) {
    throw Error(ErrorKind::kCorrupt, file.path().string(), ": tensor ", name, " has ", values.size(), " values, not ",
                to.size(), "; the checkpoint is of another network");
  }
  std::ranges::copy(values, to.begin());
}

}  // namespace

void read_weights(const SafetensorsReader& file, const std::string& name, Weights& weights) {
  if (weights.parameters.size() > 0) read(file, name + ".parameters", 1, weights.parameters.span());
  read(file, name + ".table", 2, weights.table.span());
}

}  // namespace attune
