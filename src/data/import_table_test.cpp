#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/import_for_test.h"

namespace attune {
namespace {

void expect_error(const std::string& message, const std::string& begin, const std::vector<std::string>& parts) {
  EXPECT_EQ(missing_in(message, begin, parts), "");
}

constexpr char kLog[] = "user,movieId\nu,2\nu,9\nv,1\n";

TEST(ImportCatalogue, AddsItemsOfTheCatalogueBehindThoseOfTheLog) {
  ImportCase c;
  c.log(kLog);
  c.items("movieId,title,genres,year\n1,Heat,Crime|Drama,1995\n2,\"Alien, the first\",Horror,\n3,Ran,Drama|War,1985\n");
  const Dataset dataset = c.run();
  ASSERT_EQ(dataset.items(), 4u);
  EXPECT_EQ(dataset.item_ids()[3], "3");
  EXPECT_EQ(dataset.catalogue().title(0), "Alien, the first");
  EXPECT_EQ(dataset.catalogue().title(1), "");
  EXPECT_EQ(dataset.catalogue().title(3), "Ran");
  EXPECT_FALSE(dataset.in_catalogue(ItemRow{1}));
  EXPECT_TRUE(dataset.in_catalogue(ItemRow{3}));
  const Column& genres = *dataset.catalogue().find("genres");
  EXPECT_EQ(genres.kind, ColumnKind::kList);
  EXPECT_EQ(genres.list_offsets[4] - genres.list_offsets[3], 2);
  const Column& year = *dataset.catalogue().find("year");
  EXPECT_TRUE(std::isnan(year.numbers[0]));
  EXPECT_EQ(year.numbers[2], 1995);
  EXPECT_EQ(c.report.manifest.items, 3u);
  EXPECT_EQ(c.report.manifest.catalogue_items, 3u);
}

TEST(ImportCatalogue, ReadsLatin1WithoutAHeaderAndNamesColumnsAsTold) {
  ImportCase c;
  c.log("1::73::5::9\n1::74::5::9\n", "ratings.dat");
  TextOptions& text =
      c.items("73::Mis\xE9rables, Les (1995)::Drama|Musical\n74::Bed of Roses (1996)::Drama|Romance\n", "movies.dat");
  text.encoding = "latin1";
  text.columns = {{"title", "2"}, {"genres", "3"}};
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.catalogue().title(0), "Mis\xC3\xA9rables, Les (1995)");
  EXPECT_NE(dataset.catalogue().find("genres"), nullptr);
}

TEST(ImportCatalogue, TakesTheFirstTextForTheTitleWhenNoneIsNamedSo) {
  ImportCase c;
  c.log(kLog);
  c.items("1\t1995\tHeat\tus\n2\t1979\tAlien\tus\n9\t1985\tRan\tjp\n", "items.tsv");
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.catalogue().title(0), "Alien");
  EXPECT_EQ(dataset.catalogue().columns()[0].name, "column_2");
}

TEST(ImportCatalogue, FindsTheIdentifierByOptionByTheLogsNameOrByItsOwn) {
  const std::string table = "code,movieId,name\nX,1,Heat\nY,2,Alien\n";
  ImportCase by_log;
  by_log.log(kLog);
  by_log.items(table);
  EXPECT_EQ(by_log.run().catalogue().title(0), "Alien");
  ImportCase by_option;
  by_option.log("user,item\nu,Y\nu,X\n");
  by_option.items(table).columns = {{"id", "code"}};
  EXPECT_EQ(by_option.run().catalogue().title(0), "Alien");
  ImportCase by_name;
  by_name.log("u x\nv y\n");
  by_name.items("title,id\nHeat,x\nAlien,y\n");
  EXPECT_EQ(by_name.run().catalogue().title(1), "Alien");
}

TEST(ImportCatalogue, KeepsColumnsApartThatAreNamedAlike) {
  ImportCase c;
  c.log("user,item\nu,1\n");
  c.items("item,id,tag,tag\n1,b,c,d\n");
  const Dataset dataset = c.run();
  EXPECT_NE(dataset.catalogue().find("id_2"), nullptr);
  EXPECT_NE(dataset.catalogue().find("tag"), nullptr);
  EXPECT_NE(dataset.catalogue().find("tag_2"), nullptr);
}

TEST(ImportCatalogue, ReadsQuotedTextsOfSeveralLines) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items("item,title,description\n1,A,\"two\nlines, \"\"quoted\"\"\"\n2,B,one\n");
  EXPECT_EQ(c.run().catalogue().find("description")->strings[0], "two\nlines, \"quoted\"");
}

TEST(ImportCatalogue, SaysHowManyOfTheLogsItemsItDescribes) {
  ImportCase c;
  c.log("user,item\nu,1\n");
  c.items("id,title\n01,A\n02,B\n");
  c.run();
  const std::string& last = c.report.notes.back();
  EXPECT_NE(last.find("2 rows; they describe 0 of the log's 1 items"), std::string::npos) << last;
  EXPECT_NE(last.find("--items-columns id="), std::string::npos) << last;
}

TEST(ImportCatalogue, RefusesAnIdentifierTwiceNamingBothLines) {
  ImportCase c;
  c.log(kLog);
  c.items("movieId,title\n1,Heat\n2,Alien\n1,Heat again\n");
  expect_error(c.error(), "items.csv:4: column 'movieId' holds \"1\", which ",
               {"items.csv:2 holds already", "--on-bad-row skip"});
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  EXPECT_EQ(c.run().catalogue().title(2), "Heat");
  EXPECT_EQ(c.report.rows_skipped, 1u);
}

TEST(ImportCatalogue, RefusesBadRowsAsALogDoes) {
  ImportCase wrong;
  wrong.log(kLog);
  wrong.items("movieId,title\n1,Heat\n2,Alien,3\n");
  expect_error(wrong.error(), "items.csv:3: 3 fields; expected 2, as in the header", {"--on-bad-row skip"});
  ImportCase empty;
  empty.log(kLog);
  empty.items("movieId,title\n,Heat\n");
  expect_error(empty.error(), "items.csv:2: column 'movieId' is empty", {});
  ImportCase latin;
  latin.log(kLog);
  latin.items("movieId,title\n1,Caf\xE9\n");
  expect_error(latin.error(), "items.csv:2: ", {"not valid UTF-8", "--items-encoding latin1"});
  ImportCase unknown;
  unknown.log(kLog);
  unknown.items("movieId,title\n1,Heat\n").columns = {{"id", "sku"}};
  expect_error(unknown.error(), "items.csv:1: no column 'sku', which --items-columns asks for",
               {"'movieId' and 'title'"});
}

TEST(ImportUsers, DescribesUsersAndLeavesStrangersOut) {
  ImportCase c;
  c.log(kLog);
  c.users("user,gender,age\nx,F,9\nv,F,30\nu,M,20\ny,M,1\n");
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.users(), 2u);
  EXPECT_EQ(dataset.user_table().find("gender")->kind, ColumnKind::kCategory);
  EXPECT_EQ(dataset.user_table().find("gender")->strings[0], "M");
  EXPECT_EQ(dataset.user_table().find("age")->numbers[1], 30);
  EXPECT_FALSE(dataset.user_table().title_column().has_value());
  EXPECT_NE(c.report.notes.back().find("4 rows; they describe 2 of the log's 2 users"), std::string::npos);
}

}  // namespace
}  // namespace attune
