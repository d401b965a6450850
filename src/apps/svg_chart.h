#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

// Plots as SVG elements that stand in an HTML page or, with svg_file(), alone. They name no other file and no font that
// a reader may lack; text and axes take the colour of the text around. The same data give the same text.

// Values over x: a line each series, or points alone.
struct XyChart {
  enum class Axis { kLinear, kLog };  // on a logarithmic axis, values of 0 and less are left out
  enum class Marks { kLine, kPoints };
  struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;  // those that are not finite are left out
    Marks marks = Marks::kLine;
  };

  std::string title, x_title, y_title;
  Axis x_axis = Axis::kLinear;
  std::vector<std::string> x_names;  // x = 0, 1, 2 … stand for these; empty: x is a number
  std::vector<Series> series;
};
std::string svg(const XyChart& chart);

// A value with an interval a row, from top to bottom.
struct IntervalChart {
  struct Row {
    std::string name;
    double value = 0, low = 0, high = 0;
  };
  std::string title, x_title;
  std::vector<Row> rows;
};
std::string svg(const IntervalChart& chart);

// An SVG element as a file of its own, on white.
std::string svg_file(std::string_view element);

// The text with what HTML and SVG take for markup escaped; control characters become �.
std::string escaped(std::string_view text);

// Values at which an axis from `low` to `high` has its marks: about `count` round numbers within.
std::vector<double> round_ticks(double low, double high, std::size_t count);

}  // namespace attune
