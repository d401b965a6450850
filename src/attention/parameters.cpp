#include "attention/parameters.h"

#include <cmath>
#include <utility>

#include "base/check.h"

namespace attune {
namespace {

constexpr std::size_t kStep = 16;  // floats in 64 bytes

double drawn(Rng& rng, const Parameter& parameter) {
  switch (parameter.initial) {
    case Initial::kZero:
      return 0;
    case Initial::kOne:
      return 1;
    case Initial::kXavierUniform:
      return (2 * rng.uniform() - 1) * std::sqrt(6.0 / static_cast<double>(parameter.rows + parameter.columns));
    case Initial::kSmallNormal:
      return 0.02 * rng.normal();
  }
  return 0;
}

}  // namespace

std::size_t ParameterList::add(std::string name, std::size_t rows, std::size_t columns, Initial initial) {
  const std::size_t offset = size_;
  parameters_.push_back({std::move(name), rows, columns, offset, initial});
  size_ += (rows * columns + kStep - 1) / kStep * kStep;
  return offset;
}

const Parameter& ParameterList::at(std::size_t offset) const {
  ATTUNE_CHECK(offset < size_);
  std::size_t found = 0;
  while (found + 1 < parameters_.size() && parameters_[found + 1].offset <= offset) ++found;
  return parameters_[found];
}

template <class T>
void ParameterList::initialize(Rng& rng, T* values) const {
  for (const Parameter& parameter : parameters_) {
    for (std::size_t i = 0; i < parameter.size(); ++i) {
      values[parameter.offset + i] = static_cast<T>(drawn(rng, parameter));
    }
  }
}

template void ParameterList::initialize(Rng& rng, float* values) const;
template void ParameterList::initialize(Rng& rng, double* values) const;

}  // namespace attune
