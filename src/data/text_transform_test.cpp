#include "data/text_transform.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

std::string in_two_pieces(const std::string& delimiter, const std::string& text, std::size_t cut) {
  TextTransform transform(delimiter);
  std::string out;
  transform.transform(text.substr(0, cut), false, out);
  transform.transform(text.substr(cut), false, out);
  transform.transform("", true, out);
  return out;
}

TEST(TextTransform, FindsDelimitersAcrossEveryCut) {
  const std::string text = "1::Heat: a film::3\n2:::x::\n:";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(in_two_pieces("::", text, cut),
              "1\x1FHeat: a film\x1F"
              "3\n2\x1F:x\x1F\n:")
        << cut;
  }
}

TEST(TextTransform, FindsADelimiterInPiecesOfOneByte) {
  TextTransform transform("<=>");
  std::string out;
  for (const char c : std::string("a<=>b<=<=>c<")) transform.transform(std::string_view(&c, 1), false, out);
  transform.transform("", true, out);
  EXPECT_EQ(out,
            "a\x1F"
            "b<=\x1F"
            "c<");
}

TEST(TextTransform, LeavesADelimiterOfOneByteAlone) { EXPECT_EQ(in_two_pieces(",", "a,b,,c", 2), "a,b,,c"); }

}  // namespace
}  // namespace attune
