#include "evaluation/item_genres.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/dataset_for_test.h"
#include "data/training_events.h"

namespace attune {
namespace {

// Items a, b, c, d with genres; d has none.
struct World {
  Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}, {"u", "c"}, {"u", "d"}},
                                     {{"a", "b", "c", "d"},
                                      {{"tags", ColumnKind::kList, {"x", "x", "x", "x"}},
                                       {"Genres", ColumnKind::kList, {"Drama|War", "Drama", "Comedy|Comedy", ""}}}});
  TrainingEvents events{dataset, split_none(dataset)};
  ItemGenres genres{dataset, events.items(), ItemTranslation(dataset, events.items())};
};

constexpr ItemIndex kA{0}, kB{1}, kC{2}, kD{3};

TEST(ItemGenres, AreReadFromTheColumnThatIsNamedForThem) {
  const World world;
  EXPECT_EQ(world.genres.column(), "Genres");
  EXPECT_EQ(world.genres.genres(), 3u);
  EXPECT_EQ(world.genres.of(kA).size(), 2u);
  EXPECT_EQ(world.genres.of(kC).size(), 1u);
  EXPECT_EQ(world.genres.of(kD).size(), 0u);
}

TEST(ItemGenres, AreNoneWithoutACatalogue) {
  const Dataset dataset = dataset_for_test({{"u", "a"}});
  const TrainingEvents events(dataset, split_none(dataset));
  EXPECT_TRUE(ItemGenres(dataset, events.items(), ItemTranslation(dataset, events.items())).empty());
}

TEST(ListDiversity, IsTheMeanJaccardDistanceOfPairs) {
  const World world;
  const std::vector<ItemIndex> list = {kA, kB, kC, kD};
  EXPECT_DOUBLE_EQ(list_diversity(world.genres, list), (0.5 + 1 + 1) / 3);
  EXPECT_TRUE(std::isnan(list_diversity(world.genres, std::vector<ItemIndex>{kA, kD})));
}

TEST(Miscalibration, IsZeroInTheProportionsOfTheHistoryAndGrowsWithTheDistance) {
  const World world;
  const std::vector<ItemIndex> history = {kA, kB, kD};  // three quarters Drama, a quarter War
  EXPECT_NEAR(miscalibration(world.genres, history, history), 0, 1e-15);
  const double drama = 0.75 * std::log(0.75 / (0.99 + 0.01 * 0.75));
  const double war = 0.25 * std::log(0.25 / (0.01 * 0.25));
  EXPECT_NEAR(miscalibration(world.genres, history, std::vector<ItemIndex>{kB}), drama + war, 1e-12);
  EXPECT_NEAR(miscalibration(world.genres, history, std::vector<ItemIndex>{kC}), -std::log(0.01), 1e-12);
  EXPECT_TRUE(std::isnan(miscalibration(world.genres, std::vector<ItemIndex>{kD}, history)));
}

}  // namespace
}  // namespace attune
