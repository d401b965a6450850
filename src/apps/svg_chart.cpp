#include "apps/svg_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "apps/text_table.h"

namespace attune {
namespace {

// Colours that the colour-blind can tell apart (Okabe and Ito, 2008), then their darker shades.
constexpr std::array<const char*, 12> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
                                                  "#7f7f7f", "#8c510a", "#5e3c99", "#00441b", "#a50026", "#313695"};
constexpr double kLetter = 6.3;  // width of a letter of 11 px, about
constexpr double kWidth = 640;

const char* colour(std::size_t i) { return kColours[i % kColours.size()]; }

// A coordinate with one decimal.
std::string at(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

double text_width(std::string_view text) { return kLetter * static_cast<double>(display_width(text)); }

struct Box {
  double left, top, right, bottom;
};

std::string label(double x, double y, std::string_view text, const char* anchor, std::string_view more = "") {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + anchor + "\"" + std::string(more) + ">" +
         escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
  return "<line x1=\"" + at(x1) + "\" y1=\"" + at(y1) + "\" x2=\"" + at(x2) + "\" y2=\"" + at(y2) + "\" " +
         std::string(style) + "/>\n";
}

constexpr const char* kGrid = "stroke=\"currentColor\" stroke-opacity=\"0.15\"";
constexpr const char* kAxis = "stroke=\"currentColor\" stroke-opacity=\"0.6\"";

std::string opened(double height, std::string_view title) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + at(kWidth) + " " + at(height) + "\" width=\"" +
         at(kWidth) +
         "\" font-family=\"system-ui, sans-serif\" font-size=\"11\" "
         "fill=\"currentColor\" role=\"img\">\n<title>" +
         escaped(title) + "</title>\n" + label(0, 14, title, "start", " font-weight=\"600\" font-size=\"13\"");
}

// Maps values to places.
class Scale {
 public:
  Scale(double low, double high, double from, double to, XyChart::Axis axis = XyChart::Axis::kLinear)
      : log_(axis == XyChart::Axis::kLog), from_(from), to_(to) {
    if (!(low <= high)) low = log_ ? 1 : 0, high = low;
    if (log_) {
      low_ = std::floor(std::log10(low) * 2) / 2, high_ = std::ceil(std::log10(high) * 2) / 2;
      if (low_ == high_) low_ -= 0.5, high_ += 0.5;
    } else {
      const double space = low == high ? std::max(std::abs(low) * 0.1, 1e-3) : 0.05 * (high - low);
      low_ = low == 0 ? 0 : low - space, high_ = high + space;
    }
  }

  double place(double value) const {
    return from_ + (to_ - from_) * ((log_ ? std::log10(value) : value) - low_) / (high_ - low_);
  }

  std::vector<double> ticks(std::size_t count) const {
    if (!log_) return round_ticks(low_, high_, count);
    std::vector<double> found;
    for (double power = std::ceil(low_ - 1e-9); power <= high_ + 1e-9; ++power) {
      found.push_back(std::pow(10, power));
      if (power + 0.5 <= high_ && high_ - low_ <= 2) found.push_back(3 * std::pow(10, power));
    }
    return found;
  }

 private:
  bool log_;
  double low_, high_, from_, to_;
};

std::string number(double value) { return short_number(value, 4); }

// The points that can be drawn.
std::vector<XyChart::Series> drawable(const XyChart& chart) {
  std::vector<XyChart::Series> kept = chart.series;
  for (XyChart::Series& series : kept) {
    std::erase_if(series.points, [&](const auto& point) {
      return !std::isfinite(point.first) || !std::isfinite(point.second) ||
             (chart.x_axis == XyChart::Axis::kLog && point.first <= 0);
    });
  }
  return kept;
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void take(double value) { low = std::min(low, value), high = std::max(high, value); }
};

class XyDrawing {
 public:
  explicit XyDrawing(const XyChart& chart) : chart_(chart), series_(drawable(chart)) {
    for (const auto& series : series_) {
      for (const auto& [x, y] : series.points) x_range_.take(x), y_range_.take(y);
      legend_ = std::max(legend_, text_width(series.name) + 28);
    }
    if (!chart.x_names.empty()) x_range_ = {-0.2, static_cast<double>(chart.x_names.size()) - 0.8};
    for (const std::string& name : chart.x_names) names_ = std::max(names_, text_width(name));
    tilted_ = names_ * static_cast<double>(chart.x_names.size()) > kWidth - legend_ - 60;
    y_range_.take(0);  // a share of nothing must look like nothing
  }

  std::string text() const {
    const double below = tilted_ ? names_ * 0.6 + 34 : 44;
    // A tilted name ends under its mark and begins to the left of it.
    const double first_name = tilted_ ? 0.82 * text_width(chart_.x_names.front()) : 0;
    const double height = std::max(210.0, 17 * static_cast<double>(series_.size()));
    const Box box{std::max(54.0, first_name), 40, kWidth - legend_ - 6, 40 + height};
    const Scale x(x_range_.low, x_range_.high, box.left, box.right, chart_.x_axis);
    const Scale y(y_range_.low, y_range_.high, box.bottom, box.top);
    std::string drawn = opened(box.bottom + below, chart_.title) + y_axis(box, y) + x_axis(box, x, below);
    for (std::size_t s = 0; s < series_.size(); ++s) {
      drawn += data(s, x, y) + legend(s, box.right + 14, box.top + 10 + 17 * static_cast<double>(s));
    }
    return drawn + "</svg>\n";
  }

 private:
  std::string y_axis(const Box& box, const Scale& y) const {
    std::string drawn = label(box.left - 44, box.top - 8, chart_.y_title, "start", " opacity=\"0.75\"");
    for (const double tick : y.ticks(5)) {
      drawn += line(box.left, y.place(tick), box.right, y.place(tick), kGrid) +
               label(box.left - 6, y.place(tick) + 4, number(tick), "end");
    }
    return drawn + line(box.left, box.bottom, box.right, box.bottom, kAxis);
  }

  std::string x_axis(const Box& box, const Scale& x, double below) const {
    std::string drawn =
        label((box.left + box.right) / 2, box.bottom + below - 8, chart_.x_title, "middle", " opacity=\"0.75\"");
    for (std::size_t i = 0; i < chart_.x_names.size(); ++i) {
      const double place = x.place(static_cast<double>(i));
      const std::string turn =
          tilted_ ? " transform=\"rotate(-35 " + at(place) + " " + at(box.bottom + 14) + ")\"" : "";
      drawn += label(place, box.bottom + 14, chart_.x_names[i], tilted_ ? "end" : "middle", turn);
    }
    if (!chart_.x_names.empty()) return drawn;
    for (const double tick : x.ticks(6)) {
      drawn += line(x.place(tick), box.top, x.place(tick), box.bottom, kGrid) +
               label(x.place(tick), box.bottom + 14, number(tick), "middle");
    }
    return drawn;
  }

  std::string data(std::size_t s, const Scale& x, const Scale& y) const {
    std::string dots, path;
    for (const auto& [px, py] : series_[s].points) {
      path += (path.empty() ? "" : " ") + at(x.place(px)) + "," + at(y.place(py));
      dots += "<circle cx=\"" + at(x.place(px)) + "\" cy=\"" + at(y.place(py)) + "\" r=\"" +
              (series_[s].marks == XyChart::Marks::kPoints ? "4.5" : "2.5") + "\" fill=\"" + colour(s) + "\"><title>" +
              escaped(series_[s].name) + ": " + number(py) + "</title></circle>\n";
    }
    if (series_[s].marks == XyChart::Marks::kPoints || path.empty()) return dots;
    return "<polyline points=\"" + path + "\" fill=\"none\" stroke=\"" + colour(s) + "\" stroke-width=\"1.5\"/>\n" +
           dots;
  }

  std::string legend(std::size_t s, double x, double y) const {
    return "<circle cx=\"" + at(x) + "\" cy=\"" + at(y - 4) + "\" r=\"4\" fill=\"" + colour(s) + "\"/>\n" +
           label(x + 9, y, series_[s].name, "start");
  }

  const XyChart& chart_;
  std::vector<XyChart::Series> series_;
  Range x_range_, y_range_;
  double legend_ = 0, names_ = 0;
  bool tilted_ = false;
};

}  // namespace

std::vector<double> round_ticks(double low, double high, std::size_t count) {
  std::vector<double> ticks;
  const double rough = (high - low) / static_cast<double>(std::max<std::size_t>(count, 1));
  if (!(rough > 0) || !std::isfinite(rough)) return ticks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough * 0.99) step = factor * power;
  }
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i == 0 ? 0 : i * step);
  return ticks;
}

std::string svg(const XyChart& chart) { return XyDrawing(chart).text(); }

std::string svg(const IntervalChart& chart) {
  Range range;
  double names = 0;
  for (const IntervalChart::Row& row : chart.rows) {
    for (const double value : {row.value, row.low, row.high}) range.take(value);
    names = std::max(names, text_width(row.name));
  }
  const double height = 18 * static_cast<double>(chart.rows.size());
  const Box box{names + 12, 26, kWidth - 70, 30 + height};
  const Scale x(range.low, range.high, box.left, box.right);
  std::string drawn = opened(box.bottom + 40, chart.title);
  for (const double tick : x.ticks(6)) {
    drawn += line(x.place(tick), box.top, x.place(tick), box.bottom, tick == 0 ? kAxis : kGrid) +
             label(x.place(tick), box.bottom + 14, number(tick), "middle");
  }
  drawn += label((box.left + box.right) / 2, box.bottom + 32, chart.x_title, "middle", " opacity=\"0.75\"");
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    const IntervalChart::Row& row = chart.rows[r];
    const double y = box.top + 13 + 18 * static_cast<double>(r);
    drawn += label(box.left - 8, y + 4, row.name, "end") +
             line(x.place(row.low), y, x.place(row.high), y, "stroke=\"#0072b2\" stroke-width=\"2\"") +
             "<circle cx=\"" + at(x.place(row.value)) + "\" cy=\"" + at(y) + "\" r=\"4\" fill=\"#0072b2\"/>\n" +
             label(box.right + 8, y + 4, number(row.value), "start");
  }
  return drawn + "</svg>\n";
}

std::string svg_file(std::string_view element) {
  std::string file(element);
  const std::string tag = "<svg ";
  return file.replace(0, tag.size(), tag + "style=\"background:#fff;color:#111\" ");
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : fitted(text, std::numeric_limits<std::size_t>::max())) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace attune
