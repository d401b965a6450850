#pragma once

#include <string>
#include <utility>
#include <vector>

namespace attune {

// Plots as SVG to stand inside an HTML page, which gives the colours: classes `bar`, `line`, `grid` and `label`. They
// scale with the width of the page and hold their data as text (title elements that a browser shows on hover).

struct Bar {
  std::string tick;  // under the bar; "" for none
  std::string name;  // what hovering says before the value
  double value = 0;
};

struct PlotText {
  std::string alt;   // what a screen reader says
  std::string x, y;  // what the axes hold
};

// Bars from 0, side by side. No bars give an empty frame.
std::string bar_plot(const std::vector<Bar>& bars, const PlotText& text);

// A line through points with positive coordinates, x ascending, both axes logarithmic.
std::string log_line_plot(const std::vector<std::pair<double, double>>& points, const PlotText& text);

// Text with & < > " and ' written as references, control characters as U+FFFD.
std::string html_text(std::string_view text);

}  // namespace attune
