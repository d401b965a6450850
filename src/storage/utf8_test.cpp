#include "storage/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace attune {
namespace {

TEST(Utf8, AcceptsEveryLengthOfCharacter) {
  for (const std::string_view text : {"", "a", "plain text beyond eight bytes", "é", "中文", "😀", "\xED\x9F\xBF",
                                      "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "eight by中"}) {
    EXPECT_TRUE(valid_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatIsMalformed) {
  for (const std::string_view text : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xE4\xB8",
                                      "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                                      "\xFF", "eight by\xE9tes", "\xC3\x28", "\xE4\xB8\x28", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(valid_utf8(text)) << testing::PrintToString(text);
    EXPECT_FALSE(valid_utf8("ten bytes " + std::string(text))) << testing::PrintToString(text);
  }
}

TEST(Utf8, ExcerptsCutBetweenCharactersAndHideControls) {
  EXPECT_EQ(excerpt("short"), "short");
  EXPECT_EQ(excerpt("a\x1B[2Jb\x7F\xFF"), "a?[2Jb??");
  std::string chinese;
  for (int i = 0; i < 40; ++i) chinese += "中";
  const std::string cut = excerpt(chinese);
  EXPECT_TRUE(valid_utf8(cut));
  EXPECT_EQ(cut, chinese.substr(0, 78) + "…");
}

}  // namespace
}  // namespace attune
