#include "apps/heat_map.h"

#include <cairo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/colour_map.h"
#include "apps/picture_text.h"
#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kWhite = 0xFFFFFF, kGrey = 0xC7C7C7;

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint32_t> pixels;

  std::uint32_t at(int x, int y) const { return pixels[static_cast<std::size_t>(y * width + x)]; }
  std::size_t count(std::uint32_t colour) const {
    return static_cast<std::size_t>(std::count(pixels.begin(), pixels.end(), colour));
  }
};

Picture decoded(const std::filesystem::path& path) {
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create_from_png(path.c_str()), cairo_surface_destroy);
  EXPECT_EQ(cairo_surface_status(surface.get()), CAIRO_STATUS_SUCCESS) << path;
  Picture picture{cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()), {}};
  const unsigned char* bytes = cairo_image_surface_get_data(surface.get());
  for (int y = 0; y < picture.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(bytes + y * cairo_image_surface_get_stride(surface.get()));
    for (int x = 0; x < picture.width; ++x) picture.pixels.push_back(row[x] & 0xFFFFFF);
  }
  return picture;
}

std::uint32_t pixel(const Colour& colour) {
  const auto channel = [](double value) { return static_cast<std::uint32_t>(std::lround(value * 255)); };
  return channel(colour.red) << 16 | channel(colour.green) << 8 | channel(colour.blue);
}

struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
  std::vector<std::string> row_labels, column_labels;
};

Picture drawn(const Matrix& matrix) {
  const TestFolder folder;
  write_heat_map({matrix.values.data(), matrix.rows, matrix.columns}, matrix.row_labels, matrix.column_labels,
                 folder / "map.png");
  return decoded(folder / "map.png");
}

// 0, 1, 2 … in reading order.
Matrix counting(std::size_t rows, std::size_t columns) {
  Matrix matrix{rows, columns, std::vector<float>(rows * columns), {}, {}};
  std::iota(matrix.values.begin(), matrix.values.end(), 0.0f);
  return matrix;
}

std::string message_of(std::size_t rows, std::size_t columns) {
  const TestFolder folder;
  const std::vector<float> values(rows * columns);
  try {
    write_heat_map({values.data(), rows, columns}, {}, {}, folder / "map.png");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_FALSE(std::filesystem::exists(folder / "map.png"));
    return error.what();
  }
  return "no error";
}

// The corner of a cell of a matrix with numbers, where no digit is: cells are 58 x 42 pixels, the last is followed by
// the bar. The first cell begins where the first pixel of a cell's colour is.
std::pair<int, int> first_pixel_of(const Picture& picture, std::uint32_t colour) {
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      if (picture.at(x, y) == colour) return {x, y};
    }
  }
  return {-1, -1};
}

TEST(HeatMap, ColoursTheLeastDarkAndTheGreatestBright) {
  const Picture picture = drawn({2, 3, {-1, 0, 1, 1, 0, -1}, {}, {}});
  const auto [left, top] = first_pixel_of(picture, pixel(colour_of(0)));
  ASSERT_GE(left, 0);
  EXPECT_EQ(picture.at(left + 58, top), pixel(colour_of(0.5)));
  EXPECT_EQ(picture.at(left + 116, top), pixel(colour_of(1)));
  EXPECT_EQ(picture.at(left, top + 42), pixel(colour_of(1)));
  EXPECT_EQ(picture.at(left + 58, top + 42), pixel(colour_of(0.5)));
  EXPECT_EQ(picture.at(left + 116, top + 42), pixel(colour_of(0)));
  EXPECT_EQ(picture.at(left + 57, top), kWhite);  // the line between two cells
}

TEST(HeatMap, DrawsCellsWithoutAFiniteValueGrey) {
  const Picture picture = drawn({2, 3, {0, kNaN, 1, kInfinity, 0.5f, -kInfinity}, {}, {}});
  const auto [left, top] = first_pixel_of(picture, pixel(colour_of(0)));
  EXPECT_EQ(picture.at(left + 58, top), kGrey);
  EXPECT_EQ(picture.at(left, top + 42), kGrey);
  EXPECT_EQ(picture.at(left + 116, top + 42), kGrey);
  EXPECT_EQ(picture.at(left + 58, top + 42), pixel(colour_of(0.5)));
  EXPECT_EQ(picture.count(kGrey), 3u * 57 * 41 + 16 * 16);  // the cells and the sample beside "no value"
}

TEST(HeatMap, DrawsMatricesOfOneValueAndOfNone) {
  EXPECT_GT(drawn({1, 2, {7, 7}, {}, {}}).count(pixel(colour_of(0.5))), 57u * 41);
  EXPECT_EQ(drawn({1, 2, {kNaN, kNaN}, {}, {}}).count(kGrey), 2u * 57 * 41 + 16 * 16);
}

TEST(HeatMap, WritesNumbersIntoTheCellsOfSmallMatricesAlone) {
  const std::uint32_t yellow = pixel(colour_of(1));
  Matrix small = counting(12, 12);
  const auto [left, top] = first_pixel_of(drawn(small), pixel(colour_of(0)));
  const Picture with_numbers = drawn(small);
  std::set<std::uint32_t> colours;
  for (int y = 0; y < 41; ++y) {
    for (int x = 0; x < 57; ++x) colours.insert(with_numbers.at(left + x, top + y));
  }
  EXPECT_GT(colours.size(), 1u);

  Matrix large = counting(13, 12);
  const Picture without = drawn(large);  // cells are 32 x 32 here
  const auto [large_left, large_top] = first_pixel_of(without, pixel(colour_of(0)));
  for (int y = 0; y < 31; ++y) {
    for (int x = 0; x < 31; ++x) EXPECT_EQ(without.at(large_left + x, large_top + y), pixel(colour_of(0)));
  }
  EXPECT_NE(without.count(yellow), 0u);
}

TEST(HeatMap, GrowsWithTheMatrixAndItsLabels) {
  const Picture small = drawn(counting(2, 2)), wide = drawn(counting(2, 4)), tall = drawn(counting(5, 2));
  EXPECT_EQ(wide.width, small.width + 2 * 58);
  EXPECT_EQ(wide.height, small.height);
  EXPECT_EQ(tall.width, small.width);
  EXPECT_GT(tall.height, small.height);
  Matrix labelled = counting(2, 2);
  labelled.row_labels = {"Lisbon", "里斯本"};
  EXPECT_GT(drawn(labelled).width, small.width);
  labelled.column_labels = {"a long label leans", "so does this"};
  EXPECT_GT(drawn(labelled).height, small.height);
}

TEST(HeatMap, ShowsEveryValueOfALargeMatrixAsAPixel) {
  Matrix matrix = counting(kHeatMapSideMax, 700);
  matrix.values[700 * 1234 + 567] = kNaN;
  const Picture picture = drawn(matrix);
  EXPECT_GE(picture.height, static_cast<int>(kHeatMapSideMax));
  EXPECT_EQ(picture.count(kGrey), 1u + 16 * 16);  // the pixel and the sample beside "no value"
}

TEST(HeatMap, RefusesWhatCannotBeSeenAndSaysWhatToDo) {
  EXPECT_NE(message_of(0, 3).find("0 x 3"), std::string::npos);
  EXPECT_NE(message_of(3, 0).find("3 x 0"), std::string::npos);
  const std::string message = message_of(2, kHeatMapSideMax + 1);
  for (const char* part : {"2 x 2001", "at most 2000 x 2000", "--top-k", ".npy"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(HeatMap, DrawsAnyBytesAsLabels) {
  Matrix matrix = counting(4, 4);
  matrix.row_labels = {"", "\xFF\xFE", std::string("a\0b", 3), "line\nbreak"};
  matrix.column_labels = {std::string(5000, 'x'), "\xE4\xB8", "👩‍🚀", "Ünïcödé"};
  const Picture picture = drawn(matrix);
  EXPECT_LT(picture.width, 1000);
  EXPECT_NE(picture.count(pixel(colour_of(1))), 0u);
}

TEST(HeatMap, GivesTheSameBytesTwice) {
  const TestFolder folder;
  Matrix matrix = counting(6, 9);
  for (const char* name : {"a.png", "b.png"}) write_heat_map({matrix.values.data(), 6, 9}, {}, {}, folder / name);
  EXPECT_EQ(read_file(folder / "a.png"), read_file(folder / "b.png"));
}

TEST(HeatMap, ReadsRowsThatLieFurtherApartThanTheyAreLong) {
  const std::vector<float> padded{0, 1, 99, 1, 0, -99};
  const TestFolder folder;
  write_heat_map({padded.data(), 2, 2, 3}, {}, {}, folder / "map.png");
  const Picture strided = decoded(folder / "map.png");
  EXPECT_EQ(strided.pixels, drawn({2, 2, {0, 1, 1, 0}, {}, {}}).pixels);
}

TEST(ColourMap, GetsBrighterInEvenSteps) {
  const auto luminance = [](double t) {
    const Colour colour = colour_of(t);
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return std::cbrt(0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue));
  };
  const double step = (luminance(1) - luminance(0)) / 20;
  for (int i = 0; i < 20; ++i) {
    const double difference = luminance((i + 1) / 20.0) - luminance(i / 20.0);
    EXPECT_GT(difference, 0.5 * step) << i;
    EXPECT_LT(difference, 1.7 * step) << i;
  }
}

TEST(ColourMap, ClampsWhatLiesOutside) {
  EXPECT_EQ(pixel(colour_of(-3)), pixel(colour_of(0)));
  EXPECT_EQ(pixel(colour_of(3)), pixel(colour_of(1)));
  EXPECT_EQ(pixel(ink_on(0)), kWhite);
  EXPECT_EQ(pixel(ink_on(1)), 0u);
}

TEST(PictureText, CutsBetweenCharacters) {
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1), cairo_surface_destroy);
  const std::unique_ptr<cairo_t, void (*)(cairo_t*)> cr(cairo_create(surface.get()), cairo_destroy);
  EXPECT_EQ(fitted_text(cr.get(), "short", 12, 200), "short");
  const std::string cut = fitted_text(cr.get(), "ééééééééééééééééééééééééé", 12, 60);
  EXPECT_LE(text_width(cr.get(), cut, 12), 60);
  ASSERT_GE(cut.size(), 5u);
  EXPECT_EQ(cut.substr(cut.size() - 3), "…");
  EXPECT_EQ((cut.size() - 3) % 2, 0u);
  EXPECT_EQ(fitted_text(cr.get(), "bad\xFF", 12, 200), "bad?");
}

}  // namespace
}  // namespace attune
