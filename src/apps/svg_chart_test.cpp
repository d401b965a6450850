#include "apps/svg_chart.h"

#include <gtest/gtest.h>

#include <cmath>

namespace attune {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(RoundTicks, AreRoundNumbersWithinTheAxis) {
  EXPECT_EQ(round_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  const std::vector<double> small = round_ticks(0.011, 0.049, 4);
  ASSERT_EQ(small.size(), 3u);
  EXPECT_NEAR(small[0], 0.02, 1e-12);
  EXPECT_TRUE(round_ticks(1, 1, 5).empty());
  EXPECT_TRUE(round_ticks(0, INFINITY, 5).empty());
}

TEST(XyChart, HasALineAndALegendEntryASeries) {
  XyChart chart;
  chart.title = "NDCG@10 & more";
  chart.x_names = {"1-4 events", "5-9 events"};
  chart.series = {{"<b>", {{0, 0.1}, {1, 0.2}}}, {"ease", {{0, 0.3}, {1, NAN}}}};
  const std::string drawn = svg(chart);
  EXPECT_EQ(count(drawn, "<polyline"), 2u);
  EXPECT_EQ(count(drawn, "<circle"), 3u + 2u);
  EXPECT_EQ(count(drawn, "&lt;b&gt;</text>"), 1u);
  EXPECT_EQ(count(drawn, "<b>"), 0u);
  EXPECT_NE(drawn.find("NDCG@10 &amp; more"), std::string::npos);
  EXPECT_EQ(drawn.find("nan"), std::string::npos);
  EXPECT_EQ(drawn.find("inf"), std::string::npos);
}

TEST(XyChart, LeavesOutWhatALogarithmCannotShow) {
  XyChart chart;
  chart.x_axis = XyChart::Axis::kLog;
  chart.series = {{"a", {{0, 0.1}, {0.02, 0.3}}, XyChart::Marks::kPoints}, {"b", {{30, 0.2}}, XyChart::Marks::kPoints}};
  const std::string drawn = svg(chart);
  EXPECT_EQ(count(drawn, "<polyline"), 0u);
  EXPECT_EQ(count(drawn, "r=\"4.5\""), 2u);
  EXPECT_EQ(drawn.find("nan"), std::string::npos);
}

TEST(XyChart, IsDrawnWithoutData) {
  XyChart chart;
  chart.series = {{"a", {}}};
  for (const auto axis : {XyChart::Axis::kLinear, XyChart::Axis::kLog}) {
    chart.x_axis = axis;
    const std::string drawn = svg(chart);
    EXPECT_EQ(drawn.find("nan"), std::string::npos);
    EXPECT_EQ(drawn.find("inf"), std::string::npos);
  }
}

TEST(IntervalChart, HasARowWithItsInterval) {
  IntervalChart chart{"t", "x", {{"ease", 0.2, 0.1, 0.3}, {"popularity", 0.1, 0.1, 0.1}}};
  const std::string drawn = svg(chart);
  EXPECT_EQ(count(drawn, "<circle"), 2u);
  EXPECT_EQ(count(drawn, "stroke-width=\"2\""), 2u);
  EXPECT_TRUE(svg_file(drawn).starts_with("<svg style=\"background:#fff;color:#111\" xmlns="));
}

}  // namespace
}  // namespace attune
