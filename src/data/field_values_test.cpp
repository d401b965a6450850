#include "data/field_values.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::int64_t micros(std::string_view text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time ? time->microseconds : 0;
}

TEST(ParseNumber, TakesFiniteDecimalsOnly) {
  EXPECT_EQ(parse_number("4"), 4.0);
  EXPECT_EQ(parse_number("-3.5"), -3.5);
  EXPECT_EQ(parse_number(" 3.5 "), 3.5);
  EXPECT_EQ(parse_number("1e3"), 1000.0);
  EXPECT_EQ(parse_number(".5"), 0.5);
  for (const char* bad : {"", " ", "x", "4x", "4 5", "nan", "NaN", "inf", "-inf", "1e999", "0x10", "3,5", "+"}) {
    EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
  }
}

TEST(ParseTime, TellsTheUnitOfANumberByItsSize) {
  EXPECT_EQ(parse_time("978300760")->unit, TimeUnit::kSeconds);
  EXPECT_EQ(parse_time("978300760000")->unit, TimeUnit::kMilliseconds);
  EXPECT_EQ(parse_time("978300760000000")->unit, TimeUnit::kMicroseconds);
  EXPECT_EQ(micros("978300760"), 978300760 * kSecond);
  EXPECT_EQ(micros("978300760123"), 978300760 * kSecond + 123000);
  EXPECT_EQ(micros("978300760123456"), 978300760 * kSecond + 123456);
  EXPECT_EQ(parse_time("0")->unit, std::nullopt);
  EXPECT_EQ(parse_time("100000000000")->unit, TimeUnit::kSeconds);
  EXPECT_EQ(parse_time("100000000001")->unit, TimeUnit::kMilliseconds);
}

TEST(ParseTime, TakesDecimalsSignsAndScientificNumbers) {
  EXPECT_EQ(micros("978300760.25"), 978300760 * kSecond + 250000);
  EXPECT_EQ(micros("978300760.1234567"), 978300760 * kSecond + 123456);
  EXPECT_EQ(micros("978300760123.5"), 978300760 * kSecond + 123500);
  EXPECT_EQ(micros("-1.5"), -1500000);
  EXPECT_EQ(micros("8.81250949e8"), 881250949 * kSecond);
  EXPECT_EQ(micros("1E9"), 1000000000 * kSecond);
  EXPECT_EQ(micros("5."), 5 * kSecond);
}

TEST(ParseTime, TakesIso8601) {
  EXPECT_EQ(micros("1970-01-01"), 0);
  EXPECT_EQ(parse_time("1970-01-01")->unit, TimeUnit::kIso8601);
  EXPECT_EQ(micros("2024-05-01"), 1714521600 * kSecond);
  EXPECT_EQ(micros("2024-05-01T12:34:56Z"), 1714566896 * kSecond);
  EXPECT_EQ(micros("2024-05-01 12:34:56"), 1714566896 * kSecond);
  EXPECT_EQ(micros("2024-05-01T12:34"), 1714566840 * kSecond);
  EXPECT_EQ(micros("2024-05-01T12:34:56.789Z"), 1714566896 * kSecond + 789000);
  EXPECT_EQ(micros("2024-05-01T14:34:56+02:00"), 1714566896 * kSecond);
  EXPECT_EQ(micros("2024-05-01T14:34:56+0200"), 1714566896 * kSecond);
  EXPECT_EQ(micros("2024-05-01T07:34:56-05"), 1714566896 * kSecond);
  EXPECT_EQ(micros("1969-12-31T23:59:59Z"), -kSecond);
  EXPECT_EQ(micros("2000-02-29"), 951782400 * kSecond);
  EXPECT_EQ(micros("1900-03-01"), -2203891200 * kSecond);
}

TEST(ParseTime, RefusesWhatIsNoTime) {
  for (const char* bad : {"",
                          " ",
                          "x",
                          "-",
                          "--5",
                          "1e",
                          "12a",
                          "1.2.3",
                          "1e30",
                          "1000000000000000001",
                          "99999999999999999999",
                          "nan",
                          "2024-13-01",
                          "2024-00-01",
                          "2023-02-29",
                          "1900-02-29",
                          "2024-04-31",
                          "2024-5-1",
                          "2024-05-01T",
                          "2024-05-01T24:00",
                          "2024-05-01T12:60",
                          "2024-05-01T12:34:60",
                          "2024-05-01T12:34:56.",
                          "2024-05-01T12:34:56+",
                          "2024-05-01T12:34:56+2",
                          "2024-05-01T12:34:56Zz",
                          "2024-05-01x",
                          "-2024-05-01",
                          "01/05/2024"}) {
    EXPECT_EQ(parse_time(bad).has_value(), false) << bad;
  }
}

}  // namespace
}  // namespace attune
