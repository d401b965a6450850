#include "data/item_table.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "data/dataset_for_test.h"
#include "data/training_events.h"

namespace attune {
namespace {

ItemTable table_of(const std::vector<std::string>& ids) {
  Strings strings;
  for (const std::string& id : ids) strings.push_back(id);
  ItemTable table;
  table.ids = IdMap::own(std::move(strings));
  return table;
}

TEST(ItemTable, HasEmptyTitlesWhenItHasNone) {
  const ItemTable table = table_of({"007"});
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.id(ItemIndex{0}), "007");
  EXPECT_EQ(table.title(ItemIndex{0}), "");
}

TEST(ItemTable, OutlivesTheDatasetAndTheEventsItCameFrom) {
  ItemTable table;
  {
    const Dataset dataset =
        dataset_for_test({{"u", "b"}, {"u", "a"}}, {{"a", "b"}, {{"title", ColumnKind::kText, {"A", "B"}}}});
    table = TrainingEvents(dataset, split_none(dataset)).items();
  }
  EXPECT_EQ(table.id(ItemIndex{0}), "b");
  EXPECT_EQ(table.title(ItemIndex{0}), "B");
}

TEST(ItemTranslation, MatchesItemsByIdentifierWhateverTheirNumbers) {
  const Dataset dataset = dataset_for_test({{"u", "7"}, {"u", "007"}, {"u", "a"}});
  const ItemTranslation translation(dataset, table_of({"a", "x", "007"}));
  EXPECT_EQ(translation[ItemRow{0}], kNoItem);
  EXPECT_EQ(translation[ItemRow{1}], ItemIndex{2});
  EXPECT_EQ(translation[ItemRow{2}], ItemIndex{0});
}

TEST(ItemTranslation, LeavesUnknownItemsOutOfAHistoryWithTheirRatingsAndTimes) {
  const Dataset dataset = dataset_for_test({{"u", "7", 1.0f, 10}, {"u", "007", 2.0f, 20}, {"u", "a", 3.0f, 30}});
  const auto translated =
      ItemTranslation(dataset, table_of({"a", "x", "007"})).translate(dataset.history(UserIndex{0}));
  EXPECT_EQ(translated.items, (std::vector<ItemIndex>{ItemIndex{2}, ItemIndex{0}}));
  EXPECT_EQ(translated.ratings, (std::vector<float>{2, 3}));
  EXPECT_EQ(translated.times, (std::vector<Timestamp>{Timestamp{20'000'000}, Timestamp{30'000'000}}));
  EXPECT_EQ(translated.view().size(), 2u);
}

TEST(ItemTranslation, KeepsColumnsEmptyThatTheLogLacks) {
  const Dataset dataset = dataset_for_test({{"u", "a"}});
  const auto translated = ItemTranslation(dataset, table_of({"a"})).translate(dataset.history(UserIndex{0}));
  EXPECT_EQ(translated.items.size(), 1u);
  EXPECT_TRUE(translated.ratings.empty());
  EXPECT_TRUE(translated.times.empty());
}

}  // namespace
}  // namespace attune
