#include "data/record_scanner.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

struct Found {
  std::uint64_t line;
  std::string text;
  bool operator==(const Found&) const = default;
};

std::vector<Found> scan(const std::string& text, const Dialect& dialect) {
  std::vector<Found> found;
  RecordScanner scanner(text, dialect);
  for (Record record; scanner.next(record);) found.push_back({record.line, std::string(record.text)});
  return found;
}

const Dialect kPlain{",", false};
const Dialect kQuoted{",", true};

TEST(RecordScanner, CountsEveryKindOfLineEndAndPassesOverEmptyLines) {
  const std::vector<Found> expected{{1, "a"}, {2, "b"}, {4, "c"}, {5, "d"}};
  EXPECT_EQ(scan("a\nb\r\n\nc\rd", kPlain), expected);
  EXPECT_EQ(scan("a\nb\r\n\nc\rd\n", kQuoted), expected);
  EXPECT_TRUE(scan("", kPlain).empty());
  EXPECT_TRUE(scan("\n\r\n\r", kQuoted).empty());
}

TEST(RecordScanner, KeepsAQuotedFieldOfSeveralLinesTogether) {
  EXPECT_EQ(scan("1,\"a\nb\"\n2,c\n", kQuoted), (std::vector<Found>{{1, "1,\"a\nb\""}, {3, "2,c"}}));
  EXPECT_EQ(scan("1,\"a\"\"\nb\",x\r\n2,c\n", kQuoted), (std::vector<Found>{{1, "1,\"a\"\"\nb\",x"}, {3, "2,c"}}));
  EXPECT_EQ(scan("1,\"a\nb\"\n", kPlain), (std::vector<Found>{{1, "1,\"a"}, {2, "b\""}}));
}

TEST(RecordScanner, SaysWhereAQuoteIsOpen) {
  const std::string text = "x,y\n1,\"open\n2,z\n";
  RecordScanner scanner(text, kQuoted);
  Record record;
  ASSERT_TRUE(scanner.next(record));
  EXPECT_EQ(record.fault, Record::Fault::kNone);
  ASSERT_TRUE(scanner.next(record));
  EXPECT_EQ(record.fault, Record::Fault::kOpenQuote);
  EXPECT_EQ(record.fault_line, 2u);
  ASSERT_TRUE(scanner.next(record));
  EXPECT_EQ(record.text, "2,z");
  EXPECT_EQ(record.line, 3u);
}

TEST(RecordScanner, SaysWhereTextFollowsAQuote) {
  const std::string text = "1,\"a\n\"b,c\n";
  RecordScanner scanner(text, kQuoted);
  Record record;
  ASSERT_TRUE(scanner.next(record));
  EXPECT_EQ(record.fault, Record::Fault::kTextAfterQuote);
  EXPECT_EQ(record.fault_line, 2u);
}

TEST(SplitRecord, UnquotesAndKeepsEmptyFields) {
  EXPECT_EQ(split_record("a,,b,", kPlain), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split_record("\"a, \"\"b\"\"\",c,\"\"", kQuoted), (std::vector<std::string>{"a, \"b\"", "c", ""}));
  EXPECT_EQ(split_record("1::a:b::c", {"::", false}), (std::vector<std::string>{"1", "a:b", "c"}));
  EXPECT_EQ(split_record(" a , b", kPlain), (std::vector<std::string>{" a ", " b"}));
}

}  // namespace
}  // namespace attune
