#include "training/weights.h"

#include <algorithm>

#include "base/check.h"

namespace attune {

void Weights::copy_from(const Weights& other) {
  ATTUNE_CHECK(parameters.size() == other.parameters.size() && table.size() == other.table.size());
  std::ranges::copy(other.parameters.span(), parameters.data());
  std::ranges::copy(other.table.span(), table.data());
}

}  // namespace attune
