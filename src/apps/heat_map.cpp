#include "apps/heat_map.h"

#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <numbers>
#include <optional>
#include <vector>

#include "apps/colour_map.h"
#include "apps/picture_text.h"
#include "base/check.h"
#include "base/error.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

constexpr double kFontSize = 12;
constexpr double kLabelWidthMax = 200;
constexpr int kMargin = 18;
constexpr int kGap = 8;  // between labels and cells
constexpr int kBarWidth = 16;
constexpr int kBarGap = 24;  // between cells and bar
constexpr int kBarHeightMin = 84;
constexpr int kBarHeightMax = 480;
constexpr int kGridSide = 1200;  // pixels that the longer side is given when cells are small
constexpr std::size_t kNumbersSideMax = 12;
constexpr Colour kGrey{0.78, 0.78, 0.78};
constexpr Colour kText{0.13, 0.13, 0.15};
constexpr double kSteep = -std::numbers::pi / 2, kSlanted = -std::numbers::pi / 4;

using Values = BasicMatrixView<const float>;

struct Range {
  float least = 0, greatest = 0;

  double place(float value) const {
    return greatest > least ? (static_cast<double>(value) - least) / (static_cast<double>(greatest) - least) : 0.5;
  }
};

// Labels of one side as they are drawn; those left out are empty.
struct Side {
  std::vector<std::string> labels;
  double width = 0;  // of the longest
};

struct Layout {
  int cell_width = 0, cell_height = 0;
  double column_angle = 0;
  int left = 0, top = 0;  // of the cells
  int grid_width = 0, grid_height = 0;
  int bar_left = 0, bar_height = 0;
  int width = 0, height = 0;
  bool numbers = false;
};

std::optional<Range> range_of(const Values& values) {
  std::optional<Range> range;
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const float value : values.row(r)) {
      if (!std::isfinite(value)) continue;
      if (!range) range = Range{value, value};
      range->least = std::min(range->least, value);
      range->greatest = std::max(range->greatest, value);
    }
  }
  return range;
}

bool has_holes(const Values& values) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    if (!std::ranges::all_of(values.row(r), [](float value) { return std::isfinite(value); })) return true;
  }
  return false;
}

std::string bar_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

// As many decimals in every cell as show three digits of the largest value.
std::string cell_number(double value, const Range& range) {
  const double largest =
      std::max(std::abs(static_cast<double>(range.least)), std::abs(static_cast<double>(range.greatest)));
  std::array<char, 48> text{};
  if (largest > 0 && (largest < 0.01 || largest >= 99999.5)) {
    std::snprintf(text.data(), text.size(), "%.1e", value);
    return text.data();
  }
  int decimals = 2;
  for (double bound = 10; decimals > 0 && largest >= bound; bound *= 10) --decimals;
  for (double bound = 1; decimals < 4 && largest < bound && largest > 0; bound /= 10) ++decimals;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  const std::string number = text.data();
  const bool is_minus_zero = number.front() == '-' && number.find_first_not_of("-0.") == std::string::npos;
  return is_minus_zero ? number.substr(1) : number;
}

void set_colour(cairo_t* cr, const Colour& colour) { cairo_set_source_rgb(cr, colour.red, colour.green, colour.blue); }

// Cells as close to squares as readable labels allow.
void size_cells(Layout& layout, const Values& values) {
  layout.numbers = values.rows <= kNumbersSideMax && values.columns <= kNumbersSideMax;
  if (layout.numbers) {
    layout.cell_width = 58;
    layout.cell_height = 42;
    return;
  }
  const auto side = [](std::size_t cells) { return std::clamp(kGridSide / static_cast<int>(cells), 1, 32); };
  const int width = side(values.columns), height = side(values.rows);
  layout.cell_width = std::min(width, std::max(height, 20));
  layout.cell_height = std::min(height, std::max(width, 20));
}

// Every label where there is room, else each second, fifth, tenth, twentieth …
std::size_t label_step(int cell) {
  const double room = kFontSize + 3;
  std::size_t step = 1;
  for (std::size_t tens = 1; static_cast<double>(step) * cell < room; tens *= 10) {
    for (const std::size_t factor : {1, 2, 5}) {
      step = factor * tens;
      if (static_cast<double>(step) * cell >= room) break;
    }
  }
  return step;
}

Side fit_side(cairo_t* cr, std::span<const std::string> labels, std::size_t count, int cell) {
  ATTUNE_CHECK(labels.empty() || labels.size() == count);
  Side side;
  side.labels.resize(count);
  for (std::size_t i = 0; i < count; i += label_step(cell)) {
    side.labels[i] = labels.empty() ? std::to_string(i) : fitted_text(cr, labels[i], kFontSize, kLabelWidthMax);
    side.width = std::max(side.width, text_width(cr, side.labels[i], kFontSize));
  }
  return side;
}

int ceil_int(double x) { return static_cast<int>(std::ceil(x)); }

// Where everything is. Slanted column labels lean out to the right, beyond the cells.
void place_parts(Layout& layout, const Values& values, const Side& rows, const Side& columns, double bar_text_width) {
  layout.grid_width = layout.cell_width * static_cast<int>(values.columns);
  layout.grid_height = layout.cell_height * static_cast<int>(values.rows);
  const bool short_labels = columns.width <= layout.cell_width - 4;
  layout.column_angle = short_labels ? 0 : layout.cell_width >= 24 ? kSlanted : kSteep;
  const double rise = short_labels ? kFontSize : -std::sin(layout.column_angle) * columns.width + kFontSize / 2;
  const double lean = short_labels ? 0 : std::cos(layout.column_angle) * columns.width;

  layout.left = kMargin + ceil_int(rows.width) + kGap;
  layout.top = kMargin + ceil_int(rise) + kGap;
  layout.bar_left = layout.left + layout.grid_width + kBarGap;
  layout.bar_height = std::clamp(layout.grid_height, kBarHeightMin, kBarHeightMax);
  const int bar_right = layout.bar_left + kBarWidth + kGap + ceil_int(bar_text_width);
  const int labels_right = layout.left + layout.grid_width - layout.cell_width / 2 + ceil_int(lean) + kGap;
  layout.width = std::max(bar_right, labels_right) + kMargin;
  layout.height = layout.top + std::max(layout.grid_height, layout.bar_height + 30) + kMargin;
}

std::uint32_t pixel_of(const Colour& colour) {
  const auto channel = [](double value) { return static_cast<std::uint32_t>(std::lround(value * 255)); };
  return channel(colour.red) << 16 | channel(colour.green) << 8 | channel(colour.blue);
}

// Straight into the picture's memory: exact colours, and millions of cells in no time. Cells of some size are set apart
// by a white line.
void draw_cells(cairo_surface_t* surface, const Layout& layout, const Values& values, const Range& range) {
  cairo_surface_flush(surface);
  unsigned char* bytes = cairo_image_surface_get_data(surface);
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  const int line_x = layout.cell_width >= 12 ? 1 : 0, line_y = layout.cell_height >= 12 ? 1 : 0;
  for (int y = 0; y < layout.grid_height; ++y) {
    if (y % layout.cell_height >= layout.cell_height - line_y) continue;
    auto* row =
        reinterpret_cast<std::uint32_t*>(bytes + stride * static_cast<std::size_t>(layout.top + y)) + layout.left;
    const auto cells = values.row(static_cast<std::size_t>(y / layout.cell_height));
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const Colour colour = std::isfinite(cells[c]) ? colour_of(range.place(cells[c])) : kGrey;
      std::fill_n(row + c * static_cast<std::size_t>(layout.cell_width), layout.cell_width - line_x, pixel_of(colour));
    }
  }
  cairo_surface_mark_dirty(surface);
}

void draw_numbers(cairo_t* cr, const Layout& layout, const Values& values, const Range& range) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (std::size_t c = 0; c < values.columns; ++c) {
      const float value = values(r, c);
      if (!std::isfinite(value)) continue;
      set_colour(cr, ink_on(range.place(value)));
      const double x = layout.left + layout.cell_width * (static_cast<double>(c) + 0.5) - 0.5;
      const double y = layout.top + layout.cell_height * (static_cast<double>(r) + 0.5) - 0.5;
      draw_text(cr, cell_number(value, range), kFontSize, {x, y, Anchor::kMiddle, 0});
    }
  }
}

void draw_labels(cairo_t* cr, const Layout& layout, const Side& rows, const Side& columns) {
  set_colour(cr, kText);
  for (std::size_t r = 0; r < rows.labels.size(); ++r) {
    const double y = layout.top + layout.cell_height * (static_cast<double>(r) + 0.5);
    draw_text(cr, rows.labels[r], kFontSize, {static_cast<double>(layout.left - kGap), y, Anchor::kEnd, 0});
  }
  const bool level = layout.column_angle == 0;
  for (std::size_t c = 0; c < columns.labels.size(); ++c) {
    const double x = layout.left + layout.cell_width * (static_cast<double>(c) + 0.5);
    const double y = layout.top - (level ? kGap + kFontSize / 2 : kGap);
    draw_text(cr, columns.labels[c], kFontSize, {x, y, level ? Anchor::kMiddle : Anchor::kStart, layout.column_angle});
  }
}

std::array<std::string, 3> bar_texts(const std::optional<Range>& range) {
  if (!range) return {"no value", "", ""};
  const double least = range->least, greatest = range->greatest;
  if (least == greatest) return {bar_number(least), "", ""};
  return {bar_number(greatest), bar_number(least / 2 + greatest / 2), bar_number(least)};
}

void draw_bar(cairo_t* cr, const Layout& layout, const std::optional<Range>& range, bool holes) {
  const double text_x = layout.bar_left + kBarWidth + kGap;
  const bool one_value = range && range->least == range->greatest;
  for (int y = 0; y < layout.bar_height && range; ++y) {
    set_colour(cr, colour_of(one_value ? 0.5 : 1 - static_cast<double>(y) / (layout.bar_height - 1)));
    cairo_rectangle(cr, layout.bar_left, layout.top + y, kBarWidth, 1);
    cairo_fill(cr);
  }
  const auto texts = bar_texts(range);
  for (std::size_t i = 0; i < texts.size() && range; ++i) {
    set_colour(cr, kText);
    const double inside = (layout.bar_height - kFontSize) * static_cast<double>(i) / 2 + kFontSize / 2;
    draw_text(cr, texts[i], kFontSize, {text_x, layout.top + inside, Anchor::kStart, 0});
  }
  if (!holes) return;
  const int y = layout.top + (range ? layout.bar_height + 14 : 0);
  set_colour(cr, kGrey);
  cairo_rectangle(cr, layout.bar_left, y, kBarWidth, kBarWidth);
  cairo_fill(cr);
  set_colour(cr, kText);
  draw_text(cr, "no value", kFontSize, {text_x, y + kBarWidth / 2.0, Anchor::kStart, 0});
}

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;
using Context = std::unique_ptr<cairo_t, void (*)(cairo_t*)>;

void check(cairo_status_t status, const std::filesystem::path& out) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Error(ErrorKind::kSystem, out.string(), ": the picture cannot be drawn: ", cairo_status_to_string(status),
              ". Write the matrix as .npy or .csv instead.");
}

Surface new_surface(int width, int height) {
  return {cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height), cairo_surface_destroy};
}

cairo_status_t append(void* png, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

void check_shape(const Values& values, const std::filesystem::path& out) {
  if (values.rows == 0 || values.columns == 0) {
    throw Error(ErrorKind::kUsage, out.string(), ": a matrix of ", values.rows, " x ", values.columns,
                " has nothing to draw; expected at least one row and one column.");
  }
  if (values.rows > kHeatMapSideMax || values.columns > kHeatMapSideMax) {
    throw Error(ErrorKind::kUsage, out.string(), ": a matrix of ", values.rows, " x ", values.columns,
                " is too large for a picture; expected at most ", kHeatMapSideMax, " x ", kHeatMapSideMax,
                ". Write it as .npy or .parquet, keep the largest with --top-k, or draw a part of it.");
  }
}

}  // namespace

void write_heat_map(BasicMatrixView<const float> values, std::span<const std::string> row_labels,
                    std::span<const std::string> column_labels, const std::filesystem::path& out) {
  check_shape(values, out);
  const std::optional<Range> range = range_of(values);
  const Surface measuring = new_surface(1, 1);
  const Context measure(cairo_create(measuring.get()), cairo_destroy);

  Layout layout;
  size_cells(layout, values);
  const Side rows = fit_side(measure.get(), row_labels, values.rows, layout.cell_height);
  const Side columns = fit_side(measure.get(), column_labels, values.columns, layout.cell_width);
  double bar_text_width = text_width(measure.get(), "no value", kFontSize);
  for (const std::string& text : bar_texts(range)) {
    bar_text_width = std::max(bar_text_width, text_width(measure.get(), text, kFontSize));
  }
  place_parts(layout, values, rows, columns, bar_text_width);

  const Surface surface = new_surface(layout.width, layout.height);
  check(cairo_surface_status(surface.get()), out);
  const Context cr(cairo_create(surface.get()), cairo_destroy);
  cairo_set_source_rgb(cr.get(), 1, 1, 1);
  cairo_paint(cr.get());
  draw_cells(surface.get(), layout, values, range.value_or(Range{}));
  if (layout.numbers) draw_numbers(cr.get(), layout, values, range.value_or(Range{}));
  draw_labels(cr.get(), layout, rows, columns);
  draw_bar(cr.get(), layout, range, has_holes(values));
  check(cairo_status(cr.get()), out);

  std::string png;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &png), out);
  AtomicFile file(out);
  file.write(png);
  file.commit();
}

}  // namespace attune
