#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "data/formats_for_test.h"
#include "data/import_for_test.h"
#include "storage/hash.h"

namespace attune {
namespace {

// A log in each form that bytes can have, of the same two users.
std::map<std::string, std::string> small_logs() {
  const std::string csv = "user,item,rating,timestamp\nu,\"a, \xC3\xA9\",3.5,100\nv,c,4,200\n";
  const auto table = columns_for_test({{"user", {"u", "v"}}, {"item", {"a, \xC3\xA9", "c"}}, {"rating", {"3.5", "4"}}});
  return {{"csv", csv},
          {"crlf", "user;item\r\nu;a\r\nv;\"b\r\nc\"\r\n"},
          {"typed", "user_id:token\titem_id:token\tlabel:float\nu\ta\t3\nv\tb\t4\n"},
          {"gzip", gzip_for_test(csv)},
          {"zstd", zstd_for_test(csv)},
          {"utf16", std::string("\xFF\xFEu\0,\0a\0\n\0v\0,\0-N\n\0", 18)},
          {"jsonl",
           "{\"user\":\"u\",\"item\":[1,\"\\u00e9\"],\"rating\":3}\n{\"user\":{\"id\":7},\"item\":\"\xC3\xA9\"}\n"},
          {"json", "[{\"user\": 1, \"item\": \"x\\n\"},\n {\"user\": 2, \"item\": {\"a\": 1.5}}]"},
          {"by id", "{\n\"u\": {\"item\": \"a\"},\n\"v\": {\"item\": null}}"},
          {"parquet", parquet_for_test(*table)},
          {"arrow file", arrow_for_test(*table, ArrowForm::kFile)},
          {"arrow stream", arrow_for_test(*table, ArrowForm::kStream)},
          {"sqlite", sqlite_for_test("create table t (user, item); insert into t values ('u', 'a'), ('v', 7)")}};
}

std::string error_of(const std::string& bytes) {
  ImportCase c;
  c.log(bytes, "log");
  if (bytes.starts_with("SQLite format 3")) c.options.log_text.query = "select user, item from t";
  return c.error();
}

// An import either writes a dataset or says which file is at fault.
bool is_answer(const std::string& message) { return message == "no error" || message.starts_with("log"); }

TEST(ImportRobustness, CoversEveryTruncation) {
  for (const auto& [form, bytes] : small_logs()) {
    const std::size_t step = bytes.size() > 4096 ? 61 : 1;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      const std::string message = error_of(bytes.substr(0, size));
      EXPECT_TRUE(is_answer(message)) << form << " cut to " << size << ": " << message;
    }
  }
}

// What still reads is written, and each dataset waits for the disk: of larger files every so many bytes.
TEST(ImportRobustness, CoversBytesChangedAllOver) {
  for (const auto& [form, bytes] : small_logs()) {
    const std::size_t step = bytes.size() > 256 ? 23 : 1;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      const std::string message = error_of(changed);
      EXPECT_TRUE(is_answer(message)) << form << " with another byte " << at << ": " << message;
    }
  }
}

TEST(ImportRobustness, RefusesNulsAndEmptyFilesInEveryForm) {
  for (const InputFormat format :
       {InputFormat::kAuto, InputFormat::kCsv, InputFormat::kSequences, InputFormat::kJsonLines, InputFormat::kJson,
        InputFormat::kParquet, InputFormat::kArrow, InputFormat::kSql}) {
    ImportCase empty;
    empty.log("");
    empty.options.format = format;
    empty.options.log_text.query = "select 1 as user, 2 as item where 0";
    EXPECT_TRUE(empty.error().starts_with("log.csv: ")) << empty.error();
    ImportCase nul;
    nul.log(std::string("u,i\n\0,\0\n", 8));
    nul.options.format = format;
    nul.options.log_text.query = "select * from t";
    EXPECT_TRUE(nul.error().starts_with("log.csv:")) << nul.error();
  }
  for (const char* nothing : {"[]", "{}", "[ ]\n", "\n\n", "{}\n{}\n"}) {
    ImportCase c;
    c.log(nothing, "log.json");
    EXPECT_TRUE(c.error().starts_with("log.json:")) << nothing << c.error();
  }
  EXPECT_TRUE(error_of(gzip_for_test("")).starts_with("log: is empty"));
  EXPECT_TRUE(error_of("{\"user\":\"u\\u0000\",\"item\":1}\n").starts_with("log:1: column 'user' holds a NUL"));
}

// Root may read every file; while this lives, it is somebody who may not.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    if (user_ == 0) static_cast<void>(::seteuid(65534));  // a container may have no such user
  }
  ~WithoutPrivileges() { EXPECT_EQ(::seteuid(user_), 0); }

 private:
  const uid_t user_ = ::geteuid();
};

TEST(ImportRobustness, SaysThatAFolderOrAFileWithoutPermissionStandsThere) {
  ImportCase items;
  items.log("user,item\nu,a\n");
  std::filesystem::create_directory(items.folder() / "folder");
  items.options.items.push_back({items.folder() / "folder", InputFormat::kAuto, {}});
  EXPECT_TRUE(items.error().starts_with("folder: is a folder without a file")) << items.error();
  ImportCase closed;
  closed.log("user,item\nu,a\n");
  std::filesystem::permissions(closed.folder().path(), std::filesystem::perms::all);
  std::filesystem::permissions(closed.options.logs[0], std::filesystem::perms::none);
  const WithoutPrivileges user;
  if (::eaccess(closed.options.logs[0].c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read every file";
  EXPECT_EQ(missing_in(closed.error(), "log.csv: cannot open", {"ermission"}), "") << closed.error();
}

TEST(ImportRobustness, KeepsIdentifiersBeyond64BitsAsTheyAreSpelled) {
  const std::string big = "123456789012345678901234567890";
  for (const std::string& log : {"user,item\n" + big + ",-0\n" + big + ",1.0\n",
                                 "{\"user\":" + big + ",\"item\":-0}\n{\"user\":" + big + ",\"item\":1.0}\n"}) {
    ImportCase c;
    c.log(log);
    EXPECT_EQ(events_of(c.run()), big + ":-0 " + big + ":1.0");
  }
}

TEST(ImportRobustness, RefusesNumbersAndTimesThatAreNone) {
  const std::map<std::string, std::string> bad = {
      {"rating", "1e60"},     {"rating ", "NaN"}, {"timestamp", "99999999999999999999"},
      {"timestamp ", "1e30"}, {"time", "NaN"},    {"time ", "2024-02-30"}};
  for (const auto& [name, value] : bad) {
    const std::string column = name.substr(0, name.find(' '));
    ImportCase csv;
    csv.log("user,item," + column + "\nu,a,5\nu,b," + value + "\n");
    EXPECT_EQ(missing_in(csv.error(), "log.csv:3: column '" + column + "' holds \"" + value + "\"; expected ", {}), "");
    ImportCase json;
    json.log("{\"user\":1,\"item\":1,\"" + column + "\":5}\n{\"user\":1,\"item\":2,\"" + column + "\":\"" + value +
             "\"}\n");
    EXPECT_EQ(missing_in(json.error(), "log.csv:2: column '" + column + "' holds \"" + value + "\"; expected ", {}),
              "");
  }
  EXPECT_EQ(missing_in(error_of("{\"user\":1,\"item\":1}\n{\"user\":1,\"item\":NaN}\n"),
                       "log:2: ", {"is no JSON object", "Invalid value"}),
            "");
  EXPECT_TRUE(error_of("{\"user\":007,\"item\":1}\n{\"user\":1,\"item\":2}\n").starts_with("log:1: "));
}

TEST(ImportRobustness, RefusesQuotesThatDoNotPairUp) {
  for (const char* line : {"u,\"b", "u,\"b\"c", "\"u,b", "u,\"b\"\"", "\"\"\",b"}) {
    const std::string message = error_of("user,item\nu,a\n" + std::string(line) + "\nv,c\n");
    EXPECT_EQ(missing_in(message, "log:3: unbalanced quote", {"--quotes no"}), "") << line;
  }
}

TEST(ImportRobustness, SkipsRowsThatAreNotUtf8AmongOthers) {
  const std::map<std::string, std::string> logs = {{"csv", "user,item\nu,a\nAndr\xE9,b\nv\nw,\xC3\xA9\n\x80,c\n"},
                                                   {"sequences", "u a a\nAndr\xE9 b\nv\nw \xC3\xA9 x y\n\x80 c\n"},
                                                   {"jsonl",
                                                    "{\"user\":\"u\",\"item\":\"a\"}\n{\"user\":\"Andr\xE9\",\"item\":"
                                                    "1}\n7\n{\"user\":\"w\",\"item\":\"\xC3\xA9\"}\n"
                                                    "{\"user\":\"\x80\",\"item\":1}\n"}};
  for (const auto& [form, text] : logs) {
    ImportCase c;
    c.log(text);
    c.options.format = form == "sequences" ? InputFormat::kSequences : InputFormat::kAuto;
    EXPECT_NE(c.error().find("is not valid UTF-8. Pass --encoding latin1"), std::string::npos) << c.error();
    c.options.bad_rows = {OnBadRow::kSkip, {}, c.folder() / "rejected.csv"};
    const Dataset dataset = c.run();
    EXPECT_EQ(dataset.users(), 2u) << form;
    EXPECT_NE(events_of(dataset).find("w:\xC3\xA9"), std::string::npos) << events_of(dataset);
    EXPECT_EQ(c.report.rows_skipped, 3u) << form;
    EXPECT_EQ(c.report.skipped_by_reason.back(), std::pair(BadReason::kEncoding, std::uint64_t{2})) << form;
  }
}

TEST(ImportRobustness, SkipsRowsOfTablesThatAreNotUtf8) {
  ImportCase c;
  c.log("user,item\nu,1\nu,2\n");
  c.items("id,title\n1,Caf\xE9\n2,Heat\n");
  EXPECT_EQ(missing_in(c.error(), "items.csv:2: \"Caf?\" is not valid UTF-8", {"--items-encoding", "--on-bad-row"}),
            "");
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  EXPECT_EQ(c.run().catalogue().title(1), "Heat");
  ImportCase header;
  header.log("user,item,caf\xE9\nu,a,1\n");
  EXPECT_EQ(missing_in(header.error(), "log.csv:1: ", {"not valid UTF-8"}), "");
}

TEST(ImportRobustness, SkipsRowsOfParquetWhoseTextIsNone) {
  const auto table = columns_for_test(
      {{"user", {"u", std::string("v\0w", 3), "w"}}, {"item", {"a", "b", "c"}}, {"rating", {"1", "2", "3"}}});
  ImportCase c;
  c.log(parquet_for_test(*table), "log.parquet");
  EXPECT_EQ(missing_in(c.error(), "log.parquet, row 2: column 'user' holds \"v?w\"", {"NUL"}), "");
  c.options.bad_rows.on_bad_row = OnBadRow::kSkip;
  EXPECT_EQ(events_of(c.run()), "u:a w:c");
}

TEST(ImportRobustness, CommentsAreNoneInsideQuotedFields) {
  ImportCase c;
  c.log("# by \"hand\nuser,item\n# and, \"more\nu,\"a\n# b\"\n#v,c\nw,d\n");
  c.options.log_text.comment = "#";
  EXPECT_EQ(events_of(c.run()), "u:a\n# b w:d");
  ImportCase json;
  json.log("// from the shop\n{\"user\": 1, \"item\": 2}\n// {\n{\"user\": 3, \"item\": \"// x\"}\n");
  json.options.log_text.comment = "//";
  EXPECT_EQ(events_of(json.run()), "1:2 3:// x");
  ImportCase sequences;
  sequences.log("% users\nu a b c\n% v d\nw e\nx f g h i\n");
  sequences.options.log_text.comment = "%";
  EXPECT_EQ(sequences.run().users(), 3u);
  ImportCase all;
  all.log("#a\n#b");
  all.options.log_text.comment = "#";
  EXPECT_TRUE(all.error().starts_with("log.csv: is empty")) << all.error();
}

TEST(ImportRobustness, LooksAtEveryByteOfALargeText) {
  std::string text = "user,item\n";
  while (text.size() < 18'000'000) text += "u" + std::to_string(text.size()) + ",a\n";
  ImportCase c;
  c.log(text);
  EXPECT_EQ(c.run().manifest().sources.at(0).xxh128, hash_hex(std::as_bytes(std::span(text))));
  const std::size_t place = text.size() - 500'000, line = text.rfind('\n', place) + 1;
  const auto number = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line), '\n');
  text[place] = '\0';
  ImportCase nul;
  nul.log(text);
  EXPECT_EQ(missing_in(nul.error(), "log.csv:" + std::to_string(number) + ": holds a NUL byte", {}), "");
}

TEST(ImportRobustness, ReadsVeryLongFields) {
  const std::string longest(20'000'000, 'x');
  ImportCase c;
  c.log("user,item\nu,a\nu," + longest + "\nv,b\n");
  EXPECT_EQ(c.run().item_ids()[1].size(), longest.size());
  ImportCase quoted;
  quoted.log("user,item\nu,a\nu,\"" + longest + "\n, \"\nv,b\n");
  EXPECT_EQ(quoted.run().item_ids()[1].size(), longest.size() + 3);
  ImportCase json;
  json.log("{\"user\": \"u\", \"item\": \"" + longest + "\"}\n");
  EXPECT_EQ(json.run().item_ids()[0].size(), longest.size());
  ImportCase endless;
  endless.log("user,item\nu,a\nv," + std::string(300'000'000, 'x'));
  EXPECT_EQ(missing_in(endless.error(), "log.csv:3: a row of 300000002 bytes; expected at most 268435456", {}), "");
}

TEST(ImportRobustness, ReadsAMillionColumns) {
  std::string header = "user,item", row = "u,a";
  for (int column = 2; column < 1'000'000; ++column) {
    header += ",c" + std::to_string(column);
    row += ",";
  }
  ImportCase c;
  c.log(header + "\n" + row + "\n");
  EXPECT_EQ(events_of(c.run()), "u:a");
  ImportCase unnamed;
  unnamed.log(row + "\n" + row + "\n");
  EXPECT_EQ(missing_in(unnamed.error(), "log.csv:1: 1000000 columns", {"--columns"}), "");
}

TEST(ImportRobustness, FormulasAreTextLikeAnyOther) {
  ImportCase c;
  c.log("user,item\n=cmd|' /C calc'!A0,@SUM(1)\n+1,-2\n");
  c.items("id,title\n@SUM(1),\"=HYPERLINK(\"\"x\"\")\"\n");
  const Dataset dataset = c.run();
  EXPECT_EQ(events_of(dataset), "=cmd|' /C calc'!A0:@SUM(1) +1:-2");
  EXPECT_EQ(dataset.catalogue().title(0), "=HYPERLINK(\"x\")");
}

}  // namespace
}  // namespace attune
