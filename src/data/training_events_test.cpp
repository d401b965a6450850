#include "data/training_events.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset_for_test.h"

namespace attune {
namespace {

std::vector<std::string> texts(const History& history, const ItemTable& items) {
  std::vector<std::string> out;
  for (const ItemIndex item : history.items) out.emplace_back(items.id(item));
  return out;
}

// All that a fit can see, as text: two training sets are alike exactly when these are.
std::vector<std::string> everything_visible(const TrainingEvents& events, const Dataset& dataset) {
  std::vector<std::string> seen{"users " + std::to_string(events.users()), "events " + std::to_string(events.events())};
  for (std::size_t u = 0; u < events.users(); ++u) {
    const History history = events.history(static_cast<UserIndex>(u));
    std::string line = "user " + std::string(dataset.user_ids()[u]) + ":";
    for (std::size_t i = 0; i < history.size(); ++i) {
      line += " " + std::to_string(to_size(history.items[i])) + "/" + std::to_string(history.ratings[i]) + "/" +
              std::to_string(static_cast<std::int64_t>(history.times[i]));
    }
    seen.push_back(line);
  }
  for (std::size_t i = 0; i < events.items().size(); ++i) {
    const auto item = static_cast<ItemIndex>(i);
    const std::size_t row = to_size(events.row(item));
    seen.push_back("item " + std::string(events.items().id(item)) + " \"" + std::string(events.items().title(item)) +
                   "\" " + std::to_string(events.counts()[i]) +
                   " catalogue: " + std::string(events.catalogue().title(row)));
  }
  return seen;
}

constexpr std::int64_t kCutSeconds = 100;
constexpr Timestamp kCut{kCutSeconds * 1'000'000};

const std::vector<EventForTest>& before_the_cut() {
  static const std::vector<EventForTest> events{
      {"ann", "tea", 4.0f, 10}, {"bob", "oil", 2.0f, 20}, {"ann", "oil", 5.0f, 30}, {"cy", "salt", 3.0f, 40},
      {"bob", "tea", 1.0f, 50}, {"cy", "tea", 4.5f, 60},  {"ann", "salt", 2.5f, 99}};
  return events;
}

const TableForTest& shop() {
  static const TableForTest table{{"zinc", "tea", "apple", "salt", "mint"},
                                  {{"title", ColumnKind::kText, {"Zinc", "Tea", "Apple", "Salt", "Mint"}}}};
  return table;
}

Dataset followed_by(std::vector<EventForTest> later) {
  std::vector<EventForTest> events = before_the_cut();
  events.insert(events.end(), later.begin(), later.end());
  return dataset_for_test(events, shop());
}

TEST(TrainingEvents, NumbersItemsByFirstAppearanceThenTheCatalogueByIdentifier) {
  const Dataset dataset = followed_by({});
  const TrainingEvents events(dataset, split_none(dataset));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < events.items().size(); ++i)
    ids.emplace_back(events.items().id(static_cast<ItemIndex>(i)));
  EXPECT_EQ(ids, (std::vector<std::string>{"tea", "oil", "salt", "apple", "mint", "zinc"}));
  EXPECT_EQ(std::vector<std::uint32_t>(events.counts().begin(), events.counts().end()),
            (std::vector<std::uint32_t>{3, 2, 2, 0, 0, 0}));
}

TEST(TrainingEvents, GivesTitlesOfTheCatalogueAndNoneOtherwise) {
  const Dataset dataset = followed_by({});
  const TrainingEvents events(dataset, split_none(dataset));
  EXPECT_EQ(events.items().title(ItemIndex{0}), "Tea");
  EXPECT_EQ(events.items().title(ItemIndex{1}), "");  // oil, which the catalogue lacks
  EXPECT_EQ(events.items().title(ItemIndex{3}), "Apple");
}

TEST(TrainingEvents, MapsItemsToTheirRowsOfTheCatalogue) {
  const Dataset dataset = followed_by({});
  const TrainingEvents events(dataset, split_none(dataset));
  for (std::size_t i = 0; i < events.items().size(); ++i) {
    const auto item = static_cast<ItemIndex>(i);
    EXPECT_EQ(dataset.item_ids()[to_size(events.row(item))], events.items().id(item));
  }
}

TEST(TrainingEvents, HoldsEachUsersTrainingPrefixWithRatingsAndTimes) {
  const Dataset dataset = followed_by({});
  const TrainingEvents events(dataset, split_leave_one_out(dataset));  // ann has three events, bob and cy two
  EXPECT_EQ(events.events(), 5u);
  const History ann = events.history(UserIndex{0});
  EXPECT_EQ(texts(ann, events.items()), (std::vector<std::string>{"tea"}));
  EXPECT_EQ(ann.ratings[0], 4.0f);
  EXPECT_EQ(ann.times[0], Timestamp{10'000'000});
  const History bob = events.history(UserIndex{1});
  EXPECT_EQ(texts(bob, events.items()), (std::vector<std::string>{"oil", "tea"}));
  EXPECT_EQ(bob.ratings[1], 1.0f);
}

TEST(TrainingEvents, LeavesColumnsEmptyThatTheLogLacks) {
  const Dataset dataset = dataset_for_test({{"u", "a"}, {"u", "b"}});
  const TrainingEvents events(dataset, split_none(dataset));
  const History history = events.history(UserIndex{0});
  EXPECT_EQ(history.size(), 2u);
  EXPECT_TRUE(history.ratings.empty());
  EXPECT_TRUE(history.times.empty());
  EXPECT_EQ(events.items().title(ItemIndex{0}), "");
}

TEST(TrainingEvents, KnowsNoItemThatOnlyLaterEventsMention) {
  const Dataset dataset = followed_by({{"ann", "secret", 5.0f, 150}});
  const TrainingEvents events(dataset, split_by_time(dataset, kCut, kCut));
  EXPECT_TRUE(dataset.item_ids().find("secret").has_value());
  EXPECT_FALSE(events.items().ids.find("secret").has_value());
}

TEST(TrainingEvents, HasNoTrainingEventsForUsersWhoComeLater) {
  const Dataset dataset = followed_by({{"dee", "tea", 5.0f, 150}});
  const TrainingEvents events(dataset, split_by_time(dataset, kCut, kCut));
  EXPECT_EQ(events.users(), 4u);
  EXPECT_TRUE(events.history(UserIndex{3}).empty());
  EXPECT_EQ(events.counts()[0], 3u);
}

// Each of these plants what a leak would carry: new items, items of the catalogue, other counts, ratings, times and
// orders.
TEST(TrainingEvents, ShowNothingOfWhatComesAfterTheCut) {
  const std::vector<std::vector<EventForTest>> futures{
      {},
      {{"ann", "tea", 1.0f, 100}},
      {{"ann", "secret", 5.0f, 101}, {"bob", "another", 1.0f, 102}, {"cy", "aardvark", 1.0f, 103}},
      {{"cy", "zinc", 5.0f, 100}, {"bob", "mint", 0.5f, 100}, {"ann", "apple", 3.0f, 100}},
      {{"bob", "tea", 5.0f, 500}, {"bob", "tea", 5.0f, 501}, {"bob", "tea", 5.0f, 502}, {"cy", "oil", 9.0f, 900}},
  };
  const Dataset plain = followed_by({});
  const TrainingEvents expected(plain, split_by_time(plain, kCut, kCut));
  const auto visible = everything_visible(expected, plain);
  ASSERT_EQ(visible.size(), 2u + 3u + 6u);
  for (std::size_t f = 0; f < futures.size(); ++f) {
    const Dataset dataset = followed_by(futures[f]);
    for (const Timestamp test_from : {kCut, Timestamp{102'000'000}}) {
      const TrainingEvents events(dataset, split_by_time(dataset, kCut, test_from));
      EXPECT_EQ(everything_visible(events, dataset), visible) << "future " << f;
    }
  }
}

TEST(TrainingEvents, ShowNothingOfHeldOutUsers) {
  const auto dataset_with = [](const std::string& item, float rating) {
    return dataset_for_test({{"ann", "tea", 4.0f, 10}, {"bob", item, rating, 20}, {"cy", "salt", 3.0f, 30}}, shop());
  };
  Split split;
  split.users = {{1, 1, 1, 1}, {0, 0, 1, 1}, {1, 1, 1, 1}};
  const Dataset one = dataset_with("oil", 5.0f), other = dataset_with("mint", 1.0f);
  EXPECT_EQ(everything_visible(TrainingEvents(one, split), one),
            everything_visible(TrainingEvents(other, split), other));
}

TEST(TrainingEvents, SeesAChangeBeforeTheCut) {
  std::vector<EventForTest> changed = before_the_cut();
  changed.back().rating = 2.0f;
  const Dataset one = followed_by({}), other = dataset_for_test(changed, shop());
  EXPECT_NE(everything_visible(TrainingEvents(one, split_none(one)), one),
            everything_visible(TrainingEvents(other, split_none(other)), other));
}

}  // namespace
}  // namespace attune
