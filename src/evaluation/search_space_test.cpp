#include "evaluation/search_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace attune {
namespace {

struct Settings {
  double rate = 0.5;
  std::int64_t width = 3;
  std::string mode = "a";
  bool deep = false;
  double fixed = 7;

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("rate", self.rate, "");
    visit("width", self.width, "");
    visit("mode", self.mode, "");
    visit("deep", self.deep, "");
    visit("fixed", self.fixed, "");
  }
  void validate() const {}
};

SearchSpace space_of(ConfigOf<Settings>& config) {
  return SearchSpace({SearchRange::log("rate", 0.01, 10), SearchRange::linear("width", 2, 6),
                      SearchRange::choice("mode", {"a", "b"}), SearchRange::choice("deep", {"true", "false"})},
                     config);
}

TEST(SearchSpace, SetsTheFieldsOfItsRanges) {
  ConfigOf<Settings> config;
  const SearchSpace space = space_of(config);
  space.apply({0, 1, 1, 0}, config);
  EXPECT_EQ(config.value.rate, 0.01);
  EXPECT_EQ(config.value.width, 6);
  EXPECT_EQ(config.value.mode, "b");
  EXPECT_TRUE(config.value.deep);
  EXPECT_EQ(config.value.fixed, 7);
  EXPECT_EQ(space.text(0, 1.0 / 3), "0.1");
  EXPECT_EQ(space.text(0, 0.5), "0.3162");
  EXPECT_EQ(field_text(config, "width"), "6");
  EXPECT_EQ(field_text(config, "depth"), "");
}

TEST(SearchSpace, DrawsWithinItsRanges) {
  ConfigOf<Settings> config;
  const SearchSpace space = space_of(config);
  Rng rng(1);
  std::set<std::int64_t> widths;
  std::set<std::string> modes;
  int low_rates = 0;
  for (int i = 0; i < 600; ++i) {
    space.apply(space.random(rng), config);
    EXPECT_GE(config.value.rate, 0.01);
    EXPECT_LE(config.value.rate, 10);
    low_rates += config.value.rate < 0.1 ? 1 : 0;  // a third of the logarithms
    widths.insert(config.value.width);
    modes.insert(config.value.mode);
  }
  EXPECT_EQ(widths, (std::set<std::int64_t>{2, 3, 4, 5, 6}));
  EXPECT_EQ(modes.size(), 2u);
  EXPECT_NEAR(low_rates, 200, 60);
}

// The best point is at rate 1 (coordinate 2 / 3), mode b.
double score_of(const SearchSpace::Point& point) {
  return (point[2] == 1 ? 1 : 0) - std::abs(point[0] - 2.0 / 3) * 2 - std::abs(point[1] - 0.1);
}

TEST(SearchSpace, ParzenPointsGoWhereScoresAreGood) {
  ConfigOf<Settings> config;
  const SearchSpace space = space_of(config);
  Rng rng(2);
  std::vector<SearchSpace::Point> points;
  std::vector<double> scores;
  for (int i = 0; i < 60; ++i) {
    points.push_back(space.parzen(points, scores, rng));
    for (const double coordinate : points.back()) {
      EXPECT_GE(coordinate, 0);
      EXPECT_LE(coordinate, 1);
    }
    scores.push_back(score_of(points.back()));
  }
  double early = 0, late = 0;
  for (int i = 0; i < 10; ++i)
    early += scores[static_cast<std::size_t>(i)], late += scores[static_cast<std::size_t>(50 + i)];
  EXPECT_GT(late / 10, early / 10 + 0.5);
}

TEST(SearchSpace, GivesTheSamePointsForTheSameSeed) {
  ConfigOf<Settings> config;
  const SearchSpace space = space_of(config);
  Rng a(3), b(3);
  EXPECT_EQ(space.random(a), space.random(b));
}

}  // namespace
}  // namespace attune
