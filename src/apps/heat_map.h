#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/matrix_view.h"

namespace attune {

// The most rows and columns that a heat map shows: a cell is at least a pixel, so that no value is left out or
// averaged.
inline constexpr std::size_t kHeatMapSideMax = 2000;

// Draws a matrix as a PNG picture, atomically: a cell a value, from dark (the least) to bright (the greatest) in steps
// that look even (apps/colour_map.h); values that are not finite are grey. Matrices of at most 12 x 12 have the numbers
// in their cells. A bar beside them tells which colour stands for which value.
//
// Labels stand before rows and, turned, above columns; empty spans give the numbers from 0. Long labels are cut, and
// where cells are smaller than letters only every second, fifth, tenth … is shown. Of labels there must be as many as
// rows or columns, or none (ATTUNE_CHECK).
//
// Throws Error(kUsage) when the matrix is empty or a side is beyond kHeatMapSideMax, Error(kSystem) when Cairo or the
// disk fails.
void write_heat_map(BasicMatrixView<const float> values, std::span<const std::string> row_labels,
                    std::span<const std::string> column_labels, const std::filesystem::path& out);

}  // namespace attune
