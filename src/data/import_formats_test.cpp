#include <SQLiteCpp/SQLiteCpp.h>
#include <arrow/api.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/formats_for_test.h"
#include "data/import_for_test.h"

namespace attune {
namespace {

void expect_text(const std::string& message, const std::string& begin, const std::vector<std::string>& parts = {}) {
  EXPECT_EQ(missing_in(message, begin, parts), "");
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array_of(const std::vector<Value>& values, Builder&& builder = Builder()) {
  for (const Value& value : values) EXPECT_TRUE(builder.Append(value).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Table> table_of(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::shared_ptr<arrow::Table> events_table() {
  const auto times = array_of<arrow::TimestampBuilder, std::int64_t>(
      {30'000, 10'000, 20'000},
      arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool()));
  arrow::DoubleBuilder ratings;
  EXPECT_TRUE(ratings.Append(4.5).ok() && ratings.AppendNull().ok() && ratings.Append(3).ok());
  return table_of({{"when", times},
                   {"user_id", array_of<arrow::Int64Builder, std::int64_t>({7, 7, 8})},
                   {"item_id", array_of<arrow::StringBuilder, std::string>({"a", "b", "c"})},
                   {"rating", ratings.Finish().ValueOrDie()},
                   {"timestamp", times}});
}

TEST(ImportFormats, ReadsJsonLinesWithNestedFields) {
  ImportCase c;
  c.log(
      "{\"user\": {\"id\": 7}, \"item\": \"a\", \"stars\": 4.5, \"at\": \"2024-05-02\"}\n\n"
      "{\"item\": \"\\u4e2d\", \"user\": {\"id\": 7}, \"at\": \"2024-05-01\", \"stars\": null}\n",
      "log.jsonl");
  c.options.log_text.columns = {{"user", "user.id"}, {"timestamp", "at"}};
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "7:\xE4\xB8\xAD 7:a");
  EXPECT_TRUE(std::isnan(dataset.history(UserIndex{0}).ratings[0]));
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 4.5f);
}

TEST(ImportFormats, NamesTheLineOfJsonThatIsNoObject) {
  ImportCase c;
  c.log(
      "{\"user\": 1, \"item\": 2}\n{\"user\": 1, \"item\": \n[1]\n{\"user\": 1, \"item\": 7,}\n"
      "{\"user\": \"\", \"item\": 1}\n{\"user\": {\"x\": 1}, \"item\": 1}\n");
  expect_text(c.error(), "log.csv:2: ", {"is no JSON object", "--on-bad-row skip"});
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  EXPECT_EQ(events_of(c.run()), "1:2");
  EXPECT_EQ(c.report.rows_skipped, 5u);
  EXPECT_NE(c.report.first_bad_rows[2].find("log.csv:4: "), std::string::npos);
  EXPECT_NE(c.report.first_bad_rows[2].find("Missing a name for object member"), std::string::npos);
  ImportCase latin;
  latin.log("{\"user\": 1, \"item\": 2}\n{\"user\": 1, \"item\": \"\xE9\"}\n");
  expect_text(latin.error(), "log.csv:2: ", {"not valid UTF-8"});
}

TEST(ImportFormats, ReadsAJsonArrayOfObjects) {
  ImportCase c;
  c.log("[{\"user\": 1, \"item\": \"x\"},\n {\"user\": 2, \"item\": \"y\"}]", "log.json");
  EXPECT_EQ(events_of(c.run()), "1:x 2:y");
}

TEST(ImportFormats, JoinsCataloguesByIdentifier) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items("id,title,genres\n1,Heat,Crime|Drama\n2,Alien,Horror|Drama\n");
  c.items("{\n  \"2\": \"A crew meets something.\",\n  \"3\": \"Nobody knows.\"\n}", "abstracts.json");
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.items(), 3u);
  EXPECT_EQ(dataset.catalogue().title(1), "Alien");
  EXPECT_EQ(dataset.catalogue().find("abstracts")->strings[0], "");
  EXPECT_EQ(dataset.catalogue().find("abstracts")->strings[1], "A crew meets something.");
  EXPECT_EQ(dataset.catalogue().find("abstracts")->strings[2], "Nobody knows.");
  EXPECT_EQ(c.report.manifest.catalogue_items, 3u);
  EXPECT_EQ(c.report.manifest.sources.size(), 3u);
}

TEST(ImportFormats, ListsAndVectorsOfJsonKeepTheirTypes) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items(
      "{\"id\": 1, \"tags\": [\"a, b\", \"c\"], \"embedding\": [0.5, -1], \"makers\": [{\"name\": \"X\"}]}\n"
      "{\"id\": 2, \"tags\": [], \"embedding\": [2, 3], \"makers\": []}\n",
      "items.jsonl");
  const Dataset dataset = c.run();
  const Column& tags = *dataset.catalogue().find("tags");
  EXPECT_EQ(tags.kind, ColumnKind::kList);
  EXPECT_EQ(tags.strings[0], "a, b");
  EXPECT_EQ(tags.list_offsets[1], 2);
  const Column& embedding = *dataset.catalogue().find("embedding");
  EXPECT_EQ(embedding.kind, ColumnKind::kVector);
  EXPECT_EQ(embedding.width, 2u);
  EXPECT_EQ(embedding.vectors[3], 3);
  EXPECT_EQ(dataset.catalogue().find("makers.name")->strings[0], "X");
}

TEST(ImportFormats, WhatIsNullInOneObjectMayBeAnObjectInAnother) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items(
      "{\"id\": 1, \"attributes\": null, \"price\": null, \"none\": null}\n"
      "{\"id\": 2, \"attributes\": {\"wifi\": \"free\"}, \"price\": 7, \"none\": null}\n",
      "items.jsonl");
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.catalogue().find("attributes"), nullptr);
  EXPECT_EQ(dataset.catalogue().find("attributes.wifi")->strings[1], "free");
  EXPECT_EQ(dataset.catalogue().find("price")->numbers[1], 7);
  EXPECT_NE(dataset.catalogue().find("none"), nullptr);
}

TEST(ImportFormats, TablesOfEventsBecomeAttributes) {
  ImportCase c;
  c.log("userId,movieId,rating\n1,10,4\n2,20,3\n");
  c.items("movieId,title\n10,Heat\n20,Alien\n", "movies.csv");
  c.items("userId,movieId,tag,timestamp\n1,10,heist,9\n2,10,heist,10\n2,10,\"=cmd()\",11\n", "tags.csv");
  const Dataset dataset = c.run();
  const Column& tags = *dataset.catalogue().find("tag");
  EXPECT_EQ(tags.kind, ColumnKind::kList);
  ASSERT_EQ(tags.list_offsets[1], 2);
  EXPECT_EQ(tags.strings[0], "heist");
  EXPECT_EQ(tags.strings[1], "=cmd()") << "formulas are text like any other";
  EXPECT_EQ(tags.list_offsets[2], 2);
}

TEST(ImportFormats, TypesOfColumnsCanBeSaid) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items("id,title,year,made,colours\n1,Heat,1995,1995-12-15,red;blue\n2,Alien,1979,1979-05-25,black\n");
  c.options.column_types = {{"year", "category"}, {"items.colours", "list:;"}};
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.catalogue().find("year")->kind, ColumnKind::kCategory);
  EXPECT_EQ(dataset.catalogue().find("colours")->list_offsets[1], 2);
  EXPECT_EQ(dataset.catalogue().find("made")->kind, ColumnKind::kDate);
  EXPECT_EQ(dataset.catalogue().find("made")->dates[0], 818'985'600'000'000);
  c.options.column_types = {{"yaer", "category"}};
  expect_text(c.error(), "--column-type yaer=category: no catalogue or user table has such a column");
}

TEST(ImportFormats, ReadsPackedFilesAndBoundsTheirExpansion) {
  const std::string log = "user,item\nu,a\nu,b\n";
  for (const auto packed : {gzip_for_test, zstd_for_test}) {
    ImportCase c;
    c.log(packed(log), "log.csv.gz");
    EXPECT_EQ(events_of(c.run()), "u:a u:b");
    ImportCase cut;
    cut.log(packed(log).substr(0, 20), "log.csv.gz");
    expect_text(cut.error(), "log.csv.gz: its ", {"damaged or cut short"});
    ImportCase bomb;
    bomb.log(packed("user,item\nu,a\n" + std::string(100'000'000, '\n')), "bomb.gz");
    bomb.options.log_text.max_expansion = 100;
    expect_text(bomb.error(), "bomb.gz: ", {"expand to more than", "--max-expansion"});
  }
}

TEST(ImportFormats, DecodesUtf16AndGb18030AndRefusesWhatIsNotThat) {
  ImportCase utf16;
  utf16.log(std::string("\xFF\xFEu\0,\0-N\n\0v\0,\0a\0\n\0", 18));
  EXPECT_EQ(events_of(utf16.run()), "u:\xE4\xB8\xAD v:a");
  ImportCase gb;
  gb.log("u,\xD6\xD0\nv,a\n");
  gb.options.log_text.encoding = "GB18030";
  EXPECT_EQ(events_of(gb.run()), "u:\xE4\xB8\xAD v:a");
  ImportCase bad;
  bad.log("u,a\nv,\xD6\xD0\nw,\xFF\n");
  bad.options.log_text.encoding = "gb18030";
  expect_text(bad.error(), "log.csv:3: 0xFF", {"is no character of GB18030", "--encoding"});
  ImportCase half;
  half.log(std::string("\xFF\xFEu\0,\0a", 7));
  expect_text(half.error(), "log.csv:1: ", {"is no character of UTF-16"});
}

TEST(ImportFormats, PassesOverComments) {
  ImportCase c;
  c.log("# made by hand\nuser,item\n# more\nu,a\nv\n");
  c.options.log_text.comment = "#";
  expect_text(c.error(), "log.csv:5: 1 field; expected 2");
}

TEST(ImportFormats, ReadsParquetAndArrowAlike) {
  const auto table = events_table();
  for (const std::string& bytes : {parquet_for_test(*table), arrow_for_test(*table, ArrowForm::kFile),
                                   arrow_for_test(*table, ArrowForm::kStream)}) {
    ImportCase c;
    c.log(bytes, "log");
    const Dataset dataset = c.run();
    EXPECT_EQ(events_of(dataset), "7:b 7:a 8:c");
    EXPECT_TRUE(std::isnan(dataset.history(UserIndex{0}).ratings[0]));
    EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 4.5f);
    EXPECT_EQ(dataset.history(UserIndex{0}).times[0], Timestamp{10'000'000});
  }
}

TEST(ImportFormats, RefusesColumnsOfParquetThatAreOfAnotherType) {
  const auto users = array_of<arrow::StringBuilder, std::string>({"u", "v"});
  const auto broken = [&](const std::string& name, std::shared_ptr<arrow::Array> array) {
    ImportCase c;
    c.log(parquet_for_test(*table_of({{"user", users}, {"item", users}, {name, std::move(array)}})), "log.parquet");
    return c.error();
  };
  expect_text(broken("rating", array_of<arrow::StringBuilder, std::string>({"3", "good"})),
              "log.parquet, row 2: column 'rating' holds \"good\"", {"expected a number"});
  expect_text(broken("timestamp", array_of<arrow::DoubleBuilder, double>({5, 1e30})),
              "log.parquet, row 2: column 'timestamp' holds \"1e+30\"", {"ISO 8601"});
  expect_text(broken("timestamp", array_of<arrow::BinaryBuilder, std::string>({"5", "6"})),
              "log.parquet: column 'timestamp' is of type binary", {"expected text, numbers, times"});
}

TEST(ImportFormats, ReadsAQueryOfSqlite) {
  ImportCase c;
  const std::string path = (c.folder() / "shop.db").string();
  {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("create table orders (buyer integer, sku text, stars real, at text)");
    database.exec("insert into orders values (1, 'a', 4.5, '2024-05-02 10:00:00'), (1, '007', null, '2024-05-01')");
  }
  c.options.logs = {path};
  expect_text(c.error(), "shop.db: is a database", {"--query"});
  c.options.log_text.query = "select buyer as user, sku as item, stars as rating, at as timestamp from orders";
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "1:007 1:a");
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 4.5f);
  c.options.log_text.query = "select nothing";
  expect_text(c.error(), "shop.db: the database refuses: ", {"nothing", "--query"});
}

TEST(ImportFormats, ReadsFoldersAsOneLog) {
  ImportCase c;
  std::filesystem::create_directory(c.folder() / "logs");
  c.write("logs/2.csv", "user,item\nv,b\n");
  c.write("logs/1.jsonl", "{\"user\": \"u\", \"item\": \"a\"}\n");
  c.options.logs = {c.folder() / "logs"};
  EXPECT_EQ(events_of(c.run()), "u:a v:b");
  c.options.logs = {c.folder() / "logs/*.csv"};
  EXPECT_EQ(events_of(c.run()), "v:b");
}

TEST(ImportFormats, WritesRejectedRowsAndStopsAtTooMany) {
  ImportCase c;
  c.log("user,item,rating\nu,a,3\nu,b,\"x, \"\"y\"\"\"\nu\n,c,3\n");
  c.options.bad_rows = {OnBadRow::kSkip, 3, c.folder() / "rejected.csv"};
  c.run();
  std::ifstream file(c.folder() / "rejected.csv");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::string place = "\"" + (c.folder() / "log.csv").string();
  EXPECT_NE(text.find(place + ":3\",\"column 'rating' holds"), std::string::npos) << text;
  EXPECT_NE(text.find("\"u,b,\"\"x, \"\"\"\"y\"\"\"\"\"\"\"\n"), std::string::npos) << text;
  EXPECT_EQ(c.report.skipped_by_reason.size(), 3u);
  c.options.bad_rows.max_bad = 2;
  expect_text(c.error(), "More than 2 bad rows (--max-bad): ", {"1 with a wrong number of fields", "log.csv:3"});
}

}  // namespace
}  // namespace attune
