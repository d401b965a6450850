#include "apps/text_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace attune {
namespace {

TEST(TextTable, CountsChineseLettersAsTwoColumnsAndAccentsAsNone) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("漫长的夜"), 8u);
  EXPECT_EQ(display_width("Am\u00e9lie"), 6u);
  EXPECT_EQ(display_width("Ame\u0301lie"), 6u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(TextTable, CutsAtTheWidthOfTheScreenAndNeverInsideALetter) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdef", 4), "abc…");
  EXPECT_EQ(fitted("漫长的夜", 8), "漫长的夜");
  EXPECT_EQ(fitted("漫长的夜", 7), "漫长的…");
  EXPECT_EQ(fitted("漫长的夜", 6), "漫长…");
}

TEST(TextTable, ShowsNoControlCharacters) {
  EXPECT_EQ(fitted("a\x1b[31mb", 20), "a\uFFFD[31mb");
  EXPECT_EQ(fitted("a\nb", 20), "a\uFFFDb");
  EXPECT_EQ(fitted("a\u202Eb", 20), "a\uFFFDb");
  EXPECT_EQ(fitted("a\xff", 20), "a\uFFFD");
}

TEST(TextTable, LinesUpColumns) {
  TextTable table;
  table.column("title");
  table.column("score", TextTable::Align::kRight);
  table.row({"夜", "1"});
  table.row({"ab", "22"});
  EXPECT_EQ(table.text(0), "title  score\n夜         1\nab        22\n");
}

TEST(TextTable, KeepsLinesOfACellInItsColumn) {
  TextTable table;
  table.column("");
  table.column("");
  table.row({"a", "one\ntwo"});
  EXPECT_EQ(table.text(2), "  a  one\n     two\n");
}

TEST(TextTable, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("", 7), std::vector<std::string>{""});
  EXPECT_EQ(wrapped("incomprehensible", 4), std::vector<std::string>{"incomprehensible"});
}

TEST(TextTable, WritesNumbersForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1000209), "1,000,209");
  EXPECT_EQ(short_number(0.40460967519169), "0.4046");
  EXPECT_EQ(decimal_number(2, 4), "2.0000");
  EXPECT_EQ(decimal_number(11.0089, decimals_for(11.0089)), "11.01");
  EXPECT_EQ(decimal_number(0.1, decimals_for(0.37912)), "0.1000");
  EXPECT_EQ(decimals_for(0), 3);
  EXPECT_EQ(seconds_text(0.0004), "under 0.01 s");
  EXPECT_EQ(seconds_text(1.234), "1.23 s");
  EXPECT_EQ(seconds_text(123.4), "123 s");
  EXPECT_EQ(short_number(std::nan("")), "-");
}

}  // namespace
}  // namespace attune
