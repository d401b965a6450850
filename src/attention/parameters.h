#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"

namespace attune {

// How a parameter starts.
enum class Initial {
  kZero,
  kOne,
  kXavierUniform,  // uniform within sqrt(6 / (rows + columns)) (Glorot and Bengio, 2010)
  kSmallNormal,    // normal, standard deviation 0.02
};

// One matrix of a network: where it lies among all its parameters. A vector has one row.
struct Parameter {
  std::string name;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t offset = 0;
  Initial initial = Initial::kZero;

  std::size_t size() const { return rows * columns; }
};

// The parameters of a network, which all lie in one array, each beginning at a multiple of 64 bytes of float; gradients
// and the optimiser's moments lie in arrays of the same form. Layers add theirs when they are made, and keep the
// offset.
class ParameterList {
 public:
  std::size_t add(std::string name, std::size_t rows, std::size_t columns, Initial initial);  // returns the offset

  std::span<const Parameter> all() const { return parameters_; }
  std::size_t size() const { return size_; }  // values, gaps included

  // The parameter that holds the value at `offset`, for messages.
  const Parameter& at(std::size_t offset) const;

  template <class T>
  void initialize(Rng& rng, T* values) const;

 private:
  std::vector<Parameter> parameters_;
  std::size_t size_ = 0;
};

extern template void ParameterList::initialize(Rng& rng, float* values) const;
extern template void ParameterList::initialize(Rng& rng, double* values) const;

}  // namespace attune
