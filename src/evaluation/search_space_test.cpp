#include "evaluation/search_space.h"

#include <gtest/gtest.h>

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

TEST(SearchSpace, GivesTheSamePointsForTheSameSeed) {
  ConfigOf<Settings> config;
  const SearchSpace space = space_of(config);
  Rng a(3), b(3);
  EXPECT_EQ(space.random(a), space.random(b));
}

}  // namespace
}  // namespace attune
