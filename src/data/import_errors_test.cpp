#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/import_for_test.h"

namespace attune {
namespace {

void expect_error(const std::string& message, const std::string& begin, const std::vector<std::string>& parts) {
  EXPECT_EQ(missing_in(message, begin, parts), "");
}

std::string error_of(const std::string& log) {
  ImportCase c;
  c.log(log);
  return c.error();
}

TEST(ImportErrors, NameTheLineOfAWrongNumberOfFields) {
  expect_error(error_of("user,item,rating\nu,a,3\n\nu,b\nu,c,4\n"),
               "log.csv:4: 2 fields; expected 3, as in the header, delimited by ','", {"--on-bad-row skip"});
  expect_error(error_of("u,a,3\nu,b,3\nu,c,4,5\n"), "log.csv:3: 4 fields; expected 3, as in most lines", {});
}

TEST(ImportErrors, NameTheFirstOfSeveralBadRows) {
  expect_error(error_of("user,item,rating\nu,a,3\nu,b,x\nu\nu,c,y\n"), "log.csv:3: column 'rating' holds \"x\"",
               {"expected a number"});
  expect_error(error_of("user,item,rating\nu,a,3\nu\nu,b,x\n"), "log.csv:3: 1 field; expected 3", {});
}

TEST(ImportErrors, NameAnEmptyIdentifier) {
  expect_error(error_of("user,item\nu,a\n,b\n"), "log.csv:3: column 'user' is empty; expected an identifier of a user",
               {});
  expect_error(error_of("u,a\nu,\n"), "log.csv:2: column 2 is empty; expected an identifier of an item",
               {"--on-bad-row skip"});
}

TEST(ImportErrors, RefuseRatingsThatAreNoNumbers) {
  for (const char* bad : {"x", "nan", "inf", "-inf", "4 stars", "1e60", "3,5"}) {
    ImportCase c;
    c.log(std::string("user;item;rating\r\nu;a;3\r\nu;b;") + bad + "\r\n");
    expect_error(c.error(), std::string("log.csv:3: column 'rating' holds \"") + bad + "\"; expected a number", {});
  }
}

TEST(ImportErrors, RefuseTimesThatCannotBeRead) {
  expect_error(error_of("user,item,timestamp\nu,a,5\nu,b,yesterday\n"),
               "log.csv:3: column 'timestamp' holds \"yesterday\"", {"seconds", "ISO 8601", "--on-bad-row skip"});
  expect_error(error_of("user,item,timestamp\nu,a,5\nu,b,\n"), "log.csv:3: column 'timestamp' is empty", {"ISO 8601"});
}

TEST(ImportErrors, RefuseTimesOfMixedUnits) {
  expect_error(error_of("user,item,timestamp\nu,z,0\nu,a,978300760\nu,b,978300760000\n"),
               "log.csv:4: column 'timestamp' holds \"978300760000\", which is in milliseconds since 1970",
               {"expected seconds since 1970 as in ", "log.csv:3"});
  expect_error(error_of("user,item,timestamp\nu,a,2024-05-01\nu,b,978300760\n"),
               "log.csv:3: ", {"expected ISO 8601 dates as in "});
}

TEST(ImportErrors, NameTheLineThatIsNotUtf8) {
  expect_error(error_of("user,item\nu,a\nAndr\xE9,b\n"), "log.csv:3: ", {"not valid UTF-8", "--encoding latin1"});
  expect_error(error_of("u a b\nv c\nw Andr\xE9 b c\n"), "log.csv:3: ", {"not valid UTF-8", "--encoding latin1"});
}

TEST(ImportErrors, NameTheLineOfAnUnbalancedQuote) {
  expect_error(error_of("user,item\nu,a\nu,\"b\nv,c\n"),
               "log.csv:3: unbalanced quote: a quoted field is opened and never closed", {"--quotes no"});
  expect_error(error_of("user,item\nu,\"a\"x\n"), "log.csv:2: unbalanced quote: text follows the closing quote", {});
  expect_error(error_of("user,item\nu,\"a\nv,\"b\nw,c\n"), "log.csv:3: unbalanced quote", {});
  ImportCase plain;
  plain.log("user,item\nu,\"b\n");
  plain.options.log_text.quotes = Quotes::kNo;
  EXPECT_EQ(events_of(plain.run()), "u:\"b");
}

TEST(ImportErrors, NameTheLineOfANulByte) {
  expect_error(error_of(std::string("user,item\nu,a\nu,b\0c\n", 20)), "log.csv:3: holds a NUL byte", {});
  expect_error(error_of(std::string("u\0,\0i\0\n\0", 8)), "log.csv:1: holds a NUL byte", {"UTF-16", "utf-16le"});
}

TEST(ImportErrors, NameTheLineOfTheByteThatALongDelimiterExcludes) {
  expect_error(error_of("u::a\nv::b\x1F\n"), "log.csv:2: holds the control character 0x1F", {"one character"});
  EXPECT_EQ(error_of("u,a\nv,b\x1F\n"), "no error");
}

TEST(ImportErrors, SayWhenThereIsNothingToRead) {
  expect_error(error_of(""), "log.csv: is empty", {"Check that this is the file you meant"});
  expect_error(error_of("\xEF\xBB\xBF\n\n"), "log.csv: is empty", {});
  expect_error(error_of("user,item\n"), "log.csv: no rows of data.", {"Expected at least one event"});
  ImportCase all_bad;
  all_bad.log("user,item\n,a\n");
  all_bad.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  expect_error(all_bad.error(), "log.csv: no good rows; the first bad one: ", {"log.csv:2: column 'user' is empty"});
  ImportCase none;
  expect_error(none.error(), "No log to import", {});
  EXPECT_EQ(none.kind, ErrorKind::kUsage);
}

TEST(ImportErrors, SayWhatStandsInTheFilesPlace) {
  ImportCase missing;
  missing.options.logs = {missing.folder() / "nothing.csv"};
  expect_error(missing.error(), "nothing.csv: there is no such file", {});
  ImportCase folder;
  folder.options.logs = {folder.folder() / "sub"};
  std::filesystem::create_directory(folder.folder() / "sub");
  expect_error(folder.error(), "sub: is a folder without a file whose name ends like that of a log", {});
}

TEST(ImportErrors, ListTheColumnsThatThereAre) {
  ImportCase c;
  c.log("user,item,rating\nu,a,3\n");
  c.options.log_text.columns = {{"user", "user_id"}};
  expect_error(
      c.error(),
      "log.csv:1: no column 'user_id', which --columns asks for; the columns are named 'user', 'item' and 'rating'",
      {});
  ImportCase number;
  number.log("u,a\nv,b\n");
  number.options.log_text.columns = {{"user", "1"}, {"item", "3"}};
  expect_error(number.error(), "log.csv:1: no column '3'", {"there is no header, and 2 columns"});
}

TEST(ImportErrors, SayHowToNameTheColumnsOfUserAndItem) {
  expect_error(error_of("item,what\na,b\nc,d\n"),
               "log.csv:1: no column for the users; the columns are 'item' and 'what'", {"--columns user=…,item=…"});
  expect_error(error_of("u,a,3,5,9\nu,b,3,5,9\n"), "log.csv:1: 5 columns, delimited by ',', no header",
               {"--columns user=1,item=2"});
  expect_error(error_of("u,a,red\nu,b,blue\n"), "log.csv:1: 3 columns", {"--columns"});
  expect_error(error_of("one\ntwo\n"), "log.csv:1: no delimiter splits the first lines", {"\"one\"", "--delimiter"});
}

TEST(ImportErrors, RefuseOptionsThatMakeNoSense) {
  const auto usage_error = [](auto change) {
    ImportCase c;
    c.log("user,item\nu,a\n");
    change(c.options.log_text);
    const std::string message = c.error();
    EXPECT_EQ(c.kind, ErrorKind::kUsage) << message;
    return message;
  };
  expect_error(usage_error([](TextOptions& o) { o.columns = {{"buyer", "user"}}; }), "--columns buyer=…: unknown role",
               {"user, item, rating or timestamp"});
  expect_error(usage_error([](TextOptions& o) { o.columns = {{"user", "user"}, {"user", "item"}}; }),
               "--columns: ", {"twice"});
  expect_error(usage_error([](TextOptions& o) { o.columns = {{"user", "item"}, {"item", "item"}}; }),
               "--columns: ", {"cannot be both user and item"});
  expect_error(usage_error([](TextOptions& o) { o.encoding = "utf-32"; }), "--encoding utf-32: unknown encoding",
               {"latin1"});
  expect_error(usage_error([](TextOptions& o) { o.delimiter = "\n"; }), "--delimiter", {"a line end"});
}

TEST(ImportErrors, RefuseFilesOfOneLogThatDiffer) {
  ImportCase c;
  c.log("user,item,rating\nu,a,3\n", "one.csv");
  c.log("user,item\nu,a\n", "two.csv");
  expect_error(c.error(), "two.csv:1: has no ratings, unlike the files before it", {"--columns"});
}

TEST(ImportErrors, NameBadLinesOfSequences) {
  ImportCase c;
  c.log("u a b\nv\nw c\n");
  c.options.format = InputFormat::kSequences;
  expect_error(c.error(), "log.csv:2: user \"v\" has no items", {"--on-bad-row skip"});
  ImportCase commas;
  commas.log("u,a,,b\n");
  commas.options.format = InputFormat::kSequences;
  commas.options.log_text.delimiter = ",";
  expect_error(commas.error(), "log.csv:1: item 2 is empty", {"apart by ','"});
}

TEST(ImportErrors, LeaveTheOldDatasetInPlace) {
  ImportCase c;
  c.log("user,item\nu,a\n");
  const std::string before = c.run().manifest().fingerprint;
  c.write("log.csv", "user,item\nu\n");
  EXPECT_NE(c.error(), "no error");
  EXPECT_EQ(Dataset::open(c.folder() / "dataset").manifest().fingerprint, before);
}

TEST(ImportErrors, RefuseToReplaceAFolderOfSomethingElse) {
  ImportCase c;
  c.log("user,item\nu,a\n");
  std::filesystem::create_directory(c.folder() / "dataset");
  c.write("dataset/precious.txt", "x");
  EXPECT_NE(c.error(), "no error");
  EXPECT_EQ(c.kind, ErrorKind::kUsage);
  EXPECT_TRUE(std::filesystem::exists(c.folder() / "dataset" / "precious.txt"));
}

// A file cut anywhere gives a dataset or an Error that names the file, never anything else.
void import_every_truncation(const std::string& log, const std::string& items, bool cut_log) {
  const std::string& whole = cut_log ? log : items;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    ImportCase c;
    c.log(cut_log ? log.substr(0, size) : log);
    c.items(cut_log ? items : items.substr(0, size));
    const std::string message = c.error();
    const bool named = message.starts_with("log.csv") || message.starts_with("items.csv");
    EXPECT_TRUE(named || message == "no error") << size << ": " << message;
  }
}

constexpr char kLog[] =
    "user,item,rating,timestamp\nu,\"a, b\",3.5,2024-05-01T12:34:56Z\r\nv,c,4,2024-05-02\n\xC3\xA9,c,,2024-05-03\n";
constexpr char kItems[] = "item,title,genres\n\"a, b\",\"A \"\"q\"\"\nline\",x|y\nc,\xC3\xA9,x\n";

TEST(ImportErrors, CoverEveryTruncationOfALog) { import_every_truncation(kLog, kItems, true); }
TEST(ImportErrors, CoverEveryTruncationOfACatalogue) { import_every_truncation(kLog, kItems, false); }
TEST(ImportErrors, CoverEveryTruncationWithALongDelimiter) {
  import_every_truncation("u::a::3::978300760\nv::b::4::978300761\n", "a::T\xC3\xA9::x|y\nb::U::z\n", true);
  import_every_truncation("u::a::3::978300760\nv::b::4::978300761\n", "a::T\xC3\xA9::x|y\nb::U::z\n", false);
}

TEST(ImportErrors, CoverEveryByteChanged) {
  const std::string log = kLog;
  for (std::size_t i = 0; i < log.size(); ++i) {
    for (const char byte : {'"', '\r', '\xFF'}) {
      std::string changed = log;
      changed[i] = byte;
      ImportCase c;
      c.log(changed);
      const std::string message = c.error();
      EXPECT_TRUE(message.starts_with("log.csv") || message == "no error") << i << ": " << message;
    }
  }
}

}  // namespace
}  // namespace attune
