#include "data/import.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/import_for_test.h"

namespace attune {
namespace {

void expect_text(const std::string& message, const std::string& begin, const std::vector<std::string>& parts) {
  EXPECT_EQ(missing_in(message, begin, parts), "");
}

constexpr std::int64_t kSecond = 1'000'000;

std::string notes_of(const ImportReport& report) {
  std::string text;
  for (const std::string& note : report.notes) text += note + "\n";
  return text;
}

TEST(ImportLog, ReadsACsvWithAHeader) {
  ImportCase c;
  c.log("userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n2,31,3,1260759100\n1,7,,1260759000\n");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "1:7 1:31 2:31");
  EXPECT_TRUE(std::isnan(dataset.history(UserIndex{0}).ratings[0]));
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 2.5f);
  EXPECT_EQ(dataset.history(UserIndex{1}).times[0], Timestamp{1260759100 * kSecond});
  EXPECT_EQ(c.report.manifest.interactions, 3u);
  expect_text(notes_of(c.report),
              "log: log.csv: delimited by ',', a header, user = column 'userId', item = column 'movieId'",
              {"rating = column 'rating'", "timestamp = column 'timestamp'", "seconds since 1970"});
}

TEST(ImportLog, ReadsDelimitersOfSeveralCharactersWithoutAHeader) {
  ImportCase c;
  c.log("1::1193::5::978300760\n1::661::3::978300750\n2::1193::4::978300700\n", "ratings.dat");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "1:661 1:1193 2:1193");
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[0], 3);
}

TEST(ImportLog, ReadsSequencesBehindAFileThatHasOnlyAHeader) {
  ImportCase c;
  c.log("user,item,rating\n", "a.csv");
  c.log("u x y\nv x\n", "b.txt");
  EXPECT_EQ(events_of(c.run()), "u:x u:y v:x");
}

TEST(ImportLog, ReadsWhatDelimiterItIsTold) {
  ImportCase c;
  c.log("a<->x\nb<->y-z\n");
  c.options.log_text.delimiter = "<->";
  EXPECT_EQ(events_of(c.run()), "a:x b:y-z");
  ImportCase tab;
  tab.log("a b\tx\nb\ty,z\n");
  tab.options.log_text.delimiter = "\\t";
  EXPECT_EQ(events_of(tab.run()), "a b:x b:y,z");
  ImportCase dot;
  dot.log("a\xC2\xB7x\nb\xC2\xB7y\n");
  dot.options.log_text.delimiter = "\xC2\xB7";
  EXPECT_EQ(events_of(dot.run()), "a:x b:y");
}

TEST(ImportLog, FindsDelimitersAcrossTheEdgesOfBlocks) {
  ImportCase c;
  std::string text;
  std::size_t rows = 0;
  for (; text.size() < 3'000'000; ++rows)
    text += std::to_string(rows % 7) + "::" + std::string(rows % 5 + 1, 'i') + "::3::9\n";
  c.log(text);
  EXPECT_EQ(c.run().events(), rows);
}

TEST(ImportLog, KeepsIdentifiersByteForByte) {
  ImportCase c;
  c.log("user,item\n007,a\n7, a\n7 ,a\n\xE4\xB8\xAD,\"q\"\"q, x\"\r\n+7,1e3\r\n");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "007:a 7: a 7 :a \xE4\xB8\xAD:q\"q, x +7:1e3");
}

TEST(ImportLog, KeepsTheOrderOfTheFileAmongEqualTimes) {
  ImportCase c;
  c.log("user,item,timestamp\nu,c,5\nu,a,5\nv,z,1\nu,b,4\nu,d,5\n");
  EXPECT_EQ(events_of(c.run()), "u:b u:c u:a u:d v:z");
}

TEST(ImportLog, ReadsPairsAndSeveralFilesInTheirOrder) {
  ImportCase c;
  c.log("1 10\n1 9\n2 10\n", "one.txt");
  c.log("2 8\n1 10\n", "two.txt");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "1:10 1:9 1:10 2:10 2:8");
  EXPECT_FALSE(dataset.has_times());
  EXPECT_FALSE(dataset.has_ratings());
  ASSERT_EQ(dataset.manifest().sources.size(), 2u);
  EXPECT_EQ(dataset.manifest().sources[1].name, "two.txt");
  EXPECT_EQ(dataset.manifest().sources[1].bytes, 9u);
  EXPECT_EQ(dataset.manifest().sources[1].xxh128.size(), 32u);
}

TEST(ImportLog, ReadsSequences) {
  ImportCase c;
  c.log("u a b c\nv b\t d \n\nu e\r\n", "seq.txt");
  EXPECT_EQ(events_of(c.run()), "u:a u:b u:c u:e v:b v:d");
  EXPECT_NE(notes_of(c.report).find("sequences"), std::string::npos);
}

TEST(ImportLog, DoesNotTakeBlanksInsideFieldsForSequences) {
  ImportCase c;
  c.log("u,a b,3\nv,c d e,4\nw,f,5\n");
  EXPECT_EQ(events_of(c.run()), "u:a b v:c d e w:f");
}

TEST(ImportLog, ReadsSequencesOfEqualLengthWhenTold) {
  ImportCase c;
  c.log("u a b\nv b c\n");
  c.options.format = InputFormat::kSequences;
  EXPECT_EQ(events_of(c.run()), "u:a u:b v:b v:c");
  ImportCase commas;
  commas.log("u,a b\nv,c,d\n");
  commas.options.format = InputFormat::kSequences;
  commas.options.log_text.delimiter = ",";
  EXPECT_EQ(events_of(commas.run()), "u:a b v:c v:d");
}

TEST(ImportLog, TakesATableWithAFewBadRowsForATable) {
  ImportCase c;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "u" + std::to_string(i) + "\ti\t3\n";
  c.log(text + "broken\trow\n");
  expect_text(c.error(), "log.csv:51: 2 fields; expected 3", {"a tab"});
}

TEST(ImportLog, ChoosesTheThirdColumnByItsSize) {
  ImportCase times;
  times.log("u,a,978300760\nu,b,978300750\n");
  EXPECT_EQ(events_of(times.run()), "u:b u:a");
  ImportCase dates;
  dates.log("u,a,2024-05-02\nu,b,2024-05-01\n");
  EXPECT_EQ(events_of(dates.run()), "u:b u:a");
  ImportCase ratings;
  ratings.log("u,a,5\nu,b,4\n");
  const Dataset dataset = ratings.run();
  EXPECT_TRUE(dataset.has_ratings());
  EXPECT_FALSE(dataset.has_times());
}

TEST(ImportLog, TakesColumnsByNameAndByNumber) {
  ImportCase names;
  names.log("when,what,who,how\n5,a,u,1\n4,b,u,2\n");
  names.options.log_text.columns = {{"user", "who"}, {"item", "what"}, {"timestamp", "when"}};
  EXPECT_EQ(events_of(names.run()), "u:b u:a");
  ImportCase numbers;
  numbers.log("5,a,u,1\n4,b,u,2\n");
  numbers.options.log_text.columns = {{"user", "3"}, {"item", "2"}, {"rating", "4"}};
  const Dataset dataset = numbers.run();
  EXPECT_EQ(events_of(dataset), "u:a u:b");
  EXPECT_EQ(dataset.history(UserIndex{0}).ratings[1], 2);
}

TEST(ImportLog, LeavesARoleOutWhenTold) {
  ImportCase c;
  c.log("user,item,rating,timestamp\nu,a,5,9\nu,b,4,8\n");
  c.options.log_text.columns = {{"timestamp", ""}};
  const Dataset dataset = c.run();
  EXPECT_TRUE(dataset.has_ratings());
  EXPECT_FALSE(dataset.has_times());
  EXPECT_EQ(events_of(dataset), "u:a u:b");
}

TEST(ImportLog, TellsAHeaderOfUnknownNamesByItsValues) {
  ImportCase c;
  c.log("who\twhat\thow\nu\ta\t3\nv\tb\t4\n");
  c.options.log_text.columns = {{"user", "1"}, {"item", "2"}, {"rating", "3"}};
  EXPECT_EQ(events_of(c.run()), "u:a v:b");
}

TEST(ImportLog, ReadsAHeaderAsDataWhenTold) {
  ImportCase c;
  c.log("user,item\nu,a\n");
  c.options.log_text.header = Header::kNo;
  EXPECT_EQ(events_of(c.run()), "user:item u:a");
}

TEST(ImportLog, ReadsRecBoleFiles) {
  ImportCase c;
  c.log("user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n", "ml.inter");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "196:242");
  EXPECT_TRUE(dataset.has_ratings());
  EXPECT_TRUE(dataset.has_times());
}

TEST(ImportLog, ToleratesAByteOrderMarkAndAMissingLastLineEnd) {
  ImportCase c;
  c.log("\xEF\xBB\xBFuser,item\r\nu,a\r\nu,b");
  EXPECT_EQ(events_of(c.run()), "u:a u:b");
}

TEST(ImportLog, DecodesLatin1) {
  ImportCase c;
  c.log("user;item\nAndr\xE9;a\n");
  c.options.log_text.encoding = "latin1";
  EXPECT_EQ(events_of(c.run()), "Andr\xC3\xA9:a");
}

TEST(ImportLog, ReadsQuotedFieldsWithALongDelimiter) {
  ImportCase c;
  c.log("user::item\nu::\"a::b\"\nv::c\n");
  c.options.log_text.delimiter = "::";
  c.options.log_text.quotes = Quotes::kYes;
  EXPECT_EQ(events_of(c.run()), "u:a::b v:c");
}

TEST(ImportLog, ReadsMillisecondsMicrosecondsAndDates) {
  for (const char* time : {"978300760123", "978300760123000", "2000-12-31T22:12:40.123Z", "978300760.123"}) {
    ImportCase c;
    c.log(std::string("user,item,timestamp\nu,a,") + time + "\n");
    EXPECT_EQ(c.run().history(UserIndex{0}).times[0], Timestamp{978300760123000}) << time;
  }
}

TEST(ImportLog, ReplacesADatasetAndGivesTheSameBytesAgain) {
  ImportCase c;
  c.log("user,item\nu,a\n");
  const std::string first = c.run().manifest().fingerprint;
  const std::string second = c.run().manifest().fingerprint;
  EXPECT_EQ(first, second);
  c.write("log.csv", "user,item\nu,b\n");
  EXPECT_NE(c.run().manifest().fingerprint, first);
}

TEST(ImportLog, SkipsAndCountsBadRows) {
  ImportCase c;
  std::string text = "user,item,rating\n";
  for (int i = 0; i < 20; ++i) text += "u" + std::to_string(i) + ",i,3\n";
  c.log(text + "x,y\n,i,3\nv,,3\nv,j,three\nw,j,nan\nw,k,1,2\nw,l,5\n");
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.events(), 21u);
  EXPECT_EQ(dataset.items(), 2u) << "items of skipped rows must not be numbered";
  EXPECT_EQ(c.report.rows_skipped, 6u);
  ASSERT_EQ(c.report.first_bad_rows.size(), 5u);
  const std::string folder = c.folder().path().string() + "/";
  EXPECT_TRUE(c.report.first_bad_rows[0].starts_with(folder + "log.csv:22: 2 fields; expected 3"));
  EXPECT_TRUE(c.report.first_bad_rows[1].starts_with(folder + "log.csv:23: column 'user' is empty"));
  EXPECT_TRUE(c.report.first_bad_rows[2].starts_with(folder + "log.csv:24: column 'item' is empty"));
  EXPECT_TRUE(c.report.first_bad_rows[3].starts_with(folder + "log.csv:25: column 'rating' holds \"three\""));
  EXPECT_TRUE(c.report.first_bad_rows[4].starts_with(folder + "log.csv:26: column 'rating' holds \"nan\""));
}

TEST(ImportLog, SkipsBadRowsInEveryBlockOfALongFile) {
  ImportCase c;
  std::string text = "user,item,rating\n";
  std::size_t good = 0, bad = 0;
  for (std::size_t i = 0; text.size() < 3'000'000; ++i) {
    if (i % 1000 == 999) {
      text += i % 2000 == 999 ? "only,two\n" : "u,i,bad\n";
      ++bad;
    } else {
      text += "u" + std::to_string(i % 100) + ",item" + std::to_string(i % 777) + ",4\n";
      ++good;
    }
  }
  c.log(text + "\n\nlast,row,x\n");
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  const Dataset dataset = c.run();
  EXPECT_EQ(dataset.events(), good);
  EXPECT_EQ(c.report.rows_skipped, bad + 1);
  EXPECT_NE(c.report.first_bad_rows[4].find("log.csv:5001: "), std::string::npos) << c.report.first_bad_rows[4];
}

}  // namespace
}  // namespace attune
