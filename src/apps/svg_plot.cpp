#include "apps/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/text_table.h"

namespace attune {
namespace {

// The frame, in the units of the viewBox.
constexpr double kWidth = 640, kHeight = 260;
constexpr double kLeft = 82, kRight = 24, kTop = 12, kBottom = 46;
constexpr double kInnerWidth = kWidth - kLeft - kRight, kInnerHeight = kHeight - kTop - kBottom;

std::string coordinate(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string label_at(double x, double y, const char* anchor, const std::string& text) {
  return "<text class=\"label\" x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + anchor +
         "\">" + html_text(text) + "</text>";
}

std::string grid_line(double x1, double y1, double x2, double y2) {
  return "<line class=\"grid\" x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" + coordinate(x2) +
         "\" y2=\"" + coordinate(y2) + "\"/>";
}

std::string count_text(double value) {
  return value >= 1 ? grouped(static_cast<std::uint64_t>(std::llround(value))) : short_number(value, 2);
}

std::string open_plot(const PlotText& text) {
  return "<svg viewBox=\"0 0 " + coordinate(kWidth) + " " + coordinate(kHeight) + "\" role=\"img\" aria-label=\"" +
         html_text(text.alt) + "\">" + label_at(kLeft + kInnerWidth / 2, kHeight - 6, "middle", text.x) +
         "<text class=\"label\" transform=\"translate(12 " + coordinate(kTop + kInnerHeight / 2) +
         ") rotate(-90)\" text-anchor=\"middle\">" + html_text(text.y) + "</text>";
}

// 1, 2 or 5 times a power of ten, so that about four such steps reach the largest value.
double step_of(double largest) {
  const double rough = largest / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

// A logarithmic axis over whole powers of ten.
class LogAxis {
 public:
  LogAxis(double low, double high, double from, double to) : from_(from), to_(to) {
    first_ = static_cast<int>(std::floor(std::log10(low)));
    last_ = std::max(first_ + 1, static_cast<int>(std::ceil(std::log10(high))));
  }
  double place(double value) const {
    return from_ + (to_ - from_) * (std::log10(value) - first_) / static_cast<double>(last_ - first_);
  }
  int first() const { return first_; }
  int last() const { return last_; }

 private:
  int first_ = 0, last_ = 1;
  double from_, to_;
};

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bar_plot(const std::vector<Bar>& bars, const PlotText& text) {
  double largest = 0;
  for (const Bar& bar : bars) largest = std::max(largest, bar.value);
  const double step = largest > 0 ? std::max(step_of(largest), 1.0) : 1;
  const double top = largest > 0 ? step * std::ceil(largest / step) : 1;
  const auto y_of = [&](double value) { return kTop + kInnerHeight * (1 - value / top); };
  std::string svg = open_plot(text);
  for (double value = 0; value <= top + step / 2; value += step) {
    svg += grid_line(kLeft, y_of(value), kWidth - kRight, y_of(value)) +
           label_at(kLeft - 6, y_of(value) + 4, "end", count_text(value));
  }
  const double pitch = bars.empty() ? 0 : kInnerWidth / static_cast<double>(bars.size());
  for (std::size_t b = 0; b < bars.size(); ++b) {
    const double x = kLeft + pitch * static_cast<double>(b);
    const double y = y_of(bars[b].value);
    svg += "<rect class=\"bar\" x=\"" + coordinate(x + 0.1 * pitch) + "\" y=\"" + coordinate(y) + "\" width=\"" +
           coordinate(0.8 * pitch) + "\" height=\"" + coordinate(kTop + kInnerHeight - y) + "\"><title>" +
           html_text(bars[b].name + ": " + count_text(bars[b].value)) + "</title></rect>";
    if (!bars[b].tick.empty()) svg += label_at(x + pitch / 2, kTop + kInnerHeight + 16, "middle", bars[b].tick);
  }
  return svg + "</svg>";
}

std::string log_line_plot(const std::vector<std::pair<double, double>>& points, const PlotText& text) {
  std::string svg = open_plot(text);
  if (points.empty()) return svg + "</svg>";
  double low = points[0].second, high = low;
  for (const auto& point : points) {
    low = std::min(low, point.second);
    high = std::max(high, point.second);
  }
  const LogAxis x_axis(points.front().first, points.back().first, kLeft, kWidth - kRight);
  const LogAxis y_axis(low, high, kTop + kInnerHeight, kTop);
  for (int power = x_axis.first(); power <= x_axis.last(); ++power) {
    const double x = x_axis.place(std::pow(10, power));
    svg += grid_line(x, kTop, x, kTop + kInnerHeight) +
           label_at(x, kTop + kInnerHeight + 16, "middle", count_text(std::pow(10, power)));
  }
  for (int power = y_axis.first(); power <= y_axis.last(); ++power) {
    const double y = y_axis.place(std::pow(10, power));
    svg += grid_line(kLeft, y, kWidth - kRight, y) + label_at(kLeft - 6, y + 4, "end", count_text(std::pow(10, power)));
  }
  svg += "<polyline class=\"line\" points=\"";
  for (const auto& [x, y] : points) svg += coordinate(x_axis.place(x)) + "," + coordinate(y_axis.place(y)) + " ";
  return svg + "\"/></svg>";
}

}  // namespace attune
