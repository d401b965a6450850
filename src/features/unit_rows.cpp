#include "features/unit_rows.h"

#include <algorithm>
#include <cmath>

namespace attune {

void UnitRows::end_row() {
  std::sort(row_.begin(), row_.end());
  double largest = 0;
  for (const auto& [column, value] : row_) largest = std::max(largest, std::abs(value));
  // By the largest first, so that no square overflows or vanishes.
  double squares = 0;
  for (const auto& [column, value] : row_) squares += largest > 0 ? (value / largest) * (value / largest) : 0;
  for (const auto& [column, value] : row_) {
    const auto scaled = largest > 0 ? static_cast<float>(value / largest / std::sqrt(squares)) : 0.0F;
    if (scaled == 0) continue;
    matrix_.columns.push_back(column);
    matrix_.values.push_back(scaled);
  }
  matrix_.offsets.push_back(matrix_.columns.size());
  row_.clear();
}

double inverse_document_frequency(std::size_t items, std::size_t having) {
  return 1 + std::log((1 + static_cast<double>(items)) / (1 + static_cast<double>(having)));
}

}  // namespace attune
