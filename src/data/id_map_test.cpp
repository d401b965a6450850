#include "data/id_map.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "data/catalogue.h"

namespace attune {
namespace {

Strings strings(const std::vector<std::string>& texts) {
  Strings result;
  for (const std::string& text : texts) result.push_back(text);
  return result;
}

TEST(IdMap, FindsEachIdentifierAtItsRow) {
  const IdMap map = IdMap::own(strings({"b", "a", "", "a b", "é"}));
  ASSERT_EQ(map.size(), 5u);
  for (std::uint32_t row = 0; row < 5; ++row) EXPECT_EQ(map.find(map[row]), row);
  EXPECT_EQ(map.find("c"), std::nullopt);
  EXPECT_EQ(map.find("A"), std::nullopt);
}

TEST(IdMap, KeepsLeadingZerosAndBlanksApart) {
  const IdMap map = IdMap::own(strings({"7", "007", "7 ", " 7"}));
  EXPECT_EQ(map.find("7"), 0u);
  EXPECT_EQ(map.find("007"), 1u);
  EXPECT_EQ(map.find("7 "), 2u);
  EXPECT_EQ(map.find(" 7"), 3u);
  EXPECT_EQ(map.find("07"), std::nullopt);
}

TEST(IdMap, OfNothingFindsNothing) {
  EXPECT_EQ(IdMap().size(), 0u);
  EXPECT_EQ(IdMap().find("a"), std::nullopt);
  EXPECT_TRUE(IdMap().nearest("a", 3).empty());
  EXPECT_EQ(IdMap::own(Strings()).find(""), std::nullopt);
}

TEST(IdMap, IsSearchedByManyThreadsAtOnce) {
  Strings ids;
  for (int i = 0; i < 5000; ++i) ids.push_back(std::to_string(i));
  const IdMap map = IdMap::own(std::move(ids));
  std::vector<std::size_t> found(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < found.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 5000; ++i) found[t] += map.find(std::to_string(i)) == i;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t count : found) EXPECT_EQ(count, 5000u);
}

TEST(IdMap, NearestHasTheFewestEditsFirst) {
  const IdMap map = IdMap::own(strings({"user-17", "user-7", "customer", "user-71", "uxer-1"}));
  EXPECT_EQ(map.nearest("user-17", 2), (std::vector<std::string>{"user-17", "user-7"}));
  EXPECT_EQ(map.nearest("user-1", 2), (std::vector<std::string>{"user-17", "user-7"}));
  EXPECT_TRUE(map.nearest("zzz", 5).empty());
  EXPECT_TRUE(map.nearest("user-1", 0).empty());
}

TEST(IdMapBuilder, NumbersByFirstAppearance) {
  IdMapBuilder builder;
  EXPECT_EQ(builder.add("x"), 0u);
  EXPECT_EQ(builder.add("y"), 1u);
  EXPECT_EQ(builder.add("x"), 0u);
  EXPECT_EQ(builder.add("0x"), 2u);
  EXPECT_EQ(builder.size(), 3u);
  EXPECT_EQ(builder.find("y"), 1u);
  EXPECT_EQ(builder.find("z"), std::nullopt);
}

TEST(IdMapBuilder, GrowsPastItsFirstTable) {
  IdMapBuilder builder;
  for (int i = 0; i < 100000; ++i) ASSERT_EQ(builder.add("item " + std::to_string(i)), static_cast<std::uint32_t>(i));
  for (int i = 0; i < 100000; ++i) ASSERT_EQ(builder.find("item " + std::to_string(i)), static_cast<std::uint32_t>(i));
  const IdMap map = IdMap::own(std::move(builder).release());
  EXPECT_EQ(map.size(), 100000u);
  EXPECT_EQ(map.find("item 99999"), 99999u);
}

TEST(Catalogue, FindsColumnsAndTitles) {
  const Strings names = strings({"Heat", ""});
  Column title{.name = "title", .kind = ColumnKind::kText, .strings = names.view(), .list_offsets = {}, .numbers = {}};
  const Catalogue catalogue(2, {title}, 0);
  ASSERT_NE(catalogue.find("title"), nullptr);
  EXPECT_EQ(catalogue.find("Title"), nullptr);
  EXPECT_EQ(catalogue.title(0), "Heat");
  EXPECT_EQ(catalogue.title(1), "");
  EXPECT_EQ(Catalogue(2, {title}, std::nullopt).title(0), "");
}

}  // namespace
}  // namespace attune
