#pragma once

#include <cstddef>

#include "base/aligned_buffer.h"
#include "base/matrix_view.h"

namespace attune {

// Everything that is learned, or a moment of it: the parameters of a network, and the item table [V, D], which serves
// as input and as output. They are apart because steps may touch few rows of the table.
struct Weights {
  AlignedBuffer<float> parameters;
  AlignedBuffer<float> table;
  std::size_t items = 0, width = 0;

  Weights() = default;
  Weights(std::size_t parameter_count, std::size_t item_count, std::size_t table_width)
      : parameters(parameter_count), table(item_count * table_width), items(item_count), width(table_width) {}

  MatrixView rows() const { return {table.data(), items, width}; }
  void copy_from(const Weights& other);
};

}  // namespace attune
