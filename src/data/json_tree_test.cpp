#include "data/json_tree.h"

#include <gtest/gtest.h>

#include <string>

namespace attune {
namespace {

std::string again(const std::string& text) {
  JsonTree tree;
  const auto wrong = tree.parse(text);
  return wrong ? "wrong: " + *wrong : json_text(tree.root());
}

TEST(JsonTree, KeepsValuesAndTheirOrder) {
  for (const char* text : {R"({"b":[1,{"a":null,"c":[]},true],"a":{},"":false})", "[]", "{}", "7", "\"\"", "null",
                           R"([[[1],[2,3]],"x"])"}) {
    EXPECT_EQ(again(text), text);
  }
  EXPECT_EQ(again(" { \"a\" : [ 1 ,\n2 ] }\n"), R"({"a":[1,2]})");
}

TEST(JsonTree, NumbersKeepTheirSpelling) {
  const std::string text = "[12345678901234567890123,-0,1.50,1e3,1E+300,0.1000000000000000055]";
  EXPECT_EQ(again(text), text);
  EXPECT_EQ(again("{\"a\":1}"), "{\"a\":1}");
  for (const char* bad : {"1E+400", "007", "01", "+1", ".5", "1.", "1e", "-", "NaN", "Infinity", "0x1"}) {
    EXPECT_TRUE(again(bad).starts_with("wrong: ")) << bad;
  }
}

TEST(JsonTree, StringsComeWithoutEscapes) {
  JsonTree tree;
  ASSERT_FALSE(tree.parse(R"({"k\n":"a\"\\\/\t\u4e2d\ud83d\ude00\u0000z"})"));
  const JsonNode* value = tree.root().find("k\n");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->text, std::string("a\"\\/\t\xE4\xB8\xAD\xF0\x9F\x98\x80\0z", 14));
  EXPECT_EQ(json_text(*value), "\"a\\\"\\\\/\\u0009\xE4\xB8\xAD\xF0\x9F\x98\x80\\u0000z\"");
}

TEST(JsonTree, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(again("{\"a\":1 \"b\":2}"), "wrong: Missing a comma or '}' after an object member at byte 8");
  EXPECT_EQ(again("{} {}"), "wrong: The document root must not be followed by other values at byte 4");
  EXPECT_TRUE(again("").starts_with("wrong: The document is empty"));
  for (const char* half : {R"("\ud800")", R"("\udc00")", R"({"\udfff":1})", R"("\ud800\u0041")"}) {
    EXPECT_TRUE(again(half).starts_with("wrong: ")) << half;
  }
  const std::string whole = R"({"a":[1.5,"x\u00e9",{"b":null}],"c":true})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(again(whole.substr(0, size)).starts_with("wrong: ")) << size;
  }
}

TEST(JsonTree, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(again(nested(JsonTree::kDepthMax)), nested(JsonTree::kDepthMax));
  EXPECT_TRUE(again(nested(JsonTree::kDepthMax + 1)).starts_with("wrong: values are nested more than 1000 deep"));
  EXPECT_TRUE(again(std::string(10'000'000, '[')).starts_with("wrong: values are nested more than 1000 deep"));
}

TEST(JsonTree, FindsTheFirstOfSeveralKeysAndNothingInOthers) {
  JsonTree tree;
  ASSERT_FALSE(tree.parse(R"({"a":{"x":1},"x":2,"x":3})"));
  EXPECT_EQ(tree.root().find("x")->text, "2");
  EXPECT_EQ(tree.root().find("y"), nullptr);
  EXPECT_EQ(tree.root().find("x")->find("x"), nullptr);
  EXPECT_EQ(tree.root().find("x")->begin() != tree.root().find("x")->end(), false);
}

}  // namespace
}  // namespace attune
