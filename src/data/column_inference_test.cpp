#include "data/column_inference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"

namespace attune {
namespace {

Strings strings(const std::vector<std::string>& texts) {
  Strings result;
  for (const std::string& text : texts) result.push_back(text);
  return result;
}

ColumnKind kind_of(const std::vector<std::string>& values, const std::string& header = "x") {
  return infer_kind(strings(values).view(), parse_column_name(header), {}).kind;
}

TEST(InferKind, NumbersAreWhatAllValuesAre) {
  EXPECT_EQ(kind_of({"1999", "", "2001.5", "-3"}), ColumnKind::kNumber);
  EXPECT_EQ(kind_of({"1999", "unknown", "2001"}), ColumnKind::kText);
  EXPECT_EQ(kind_of({"", "", ""}), ColumnKind::kText);
}

TEST(InferKind, CodesWithLeadingZerosAreNoNumbers) {
  EXPECT_EQ(kind_of({"02460", "48067", "55117"}), ColumnKind::kText);
  EXPECT_EQ(kind_of({"0", "0.5", "10"}), ColumnKind::kNumber);
}

TEST(InferKind, ListsHoldBarsOrPaths) {
  EXPECT_EQ(kind_of({"Drama|War", "Drama", "Comedy", "Comedy|Drama"}), ColumnKind::kList);
  EXPECT_EQ(kind_of({"Beauty > Nails", "Beauty > Hair > Colour", "Beauty"}), ColumnKind::kList);
  EXPECT_EQ(infer_kind(strings({"a > b", "c > d"}).view(), parse_column_name("x"), {}).separator, " > ");
}

TEST(InferKind, CategoriesRecur) {
  EXPECT_EQ(kind_of({"F", "M", "M", "F"}), ColumnKind::kCategory);
  EXPECT_EQ(kind_of({"F", "M", "X"}), ColumnKind::kText);
}

TEST(InferKind, TypesInTheNameDecideWhatValuesLeaveOpen) {
  EXPECT_EQ(kind_of({"T8H1N", "85711", "90703"}, "zip_code:token"), ColumnKind::kCategory);
  EXPECT_EQ(kind_of({"24", "53", "23"}, "age:token"), ColumnKind::kNumber);
  EXPECT_EQ(kind_of({"a b", "b c", "a c", "a b c", "c", "a b", "c a"}, "class:token_seq"), ColumnKind::kList);
  EXPECT_EQ(kind_of({"Toy Story", "Four Rooms", "Get Shorty"}, "other:token_seq"), ColumnKind::kText);
}

TEST(InferKind, CodesByNameAreCategories) {
  EXPECT_EQ(kind_of({"10", "16", "15"}, "occupation"), ColumnKind::kCategory);
  EXPECT_EQ(kind_of({"02460", "48067", "55117-1234"}, "zip"), ColumnKind::kCategory);
}

TEST(InferKind, DatesAreIsoAndPathsEndLikeMedia) {
  EXPECT_EQ(kind_of({"1995-01-01", "", "2001-12-31T10:00:00Z"}), ColumnKind::kDate);
  EXPECT_EQ(kind_of({"1995-01-01", "soon"}), ColumnKind::kText);
  EXPECT_EQ(kind_of({"covers/1.jpg", "covers/2.PNG", "clips/3.mp4"}), ColumnKind::kPath);
  EXPECT_EQ(kind_of({"covers/1.jpg", "no cover"}), ColumnKind::kText);
}

TEST(InferKind, ListsOfTheSourceAreVectorsWhenTheyAreNumbersAndAlike) {
  const auto kind = [](const std::vector<std::string>& values) {
    return infer_kind(strings(values).view(), parse_column_name("x"), {.is_list = true});
  };
  EXPECT_EQ(kind({"1\x1F"
                  "2",
                  "", "0.5\x1F-3"})
                .kind,
            ColumnKind::kVector);
  EXPECT_EQ(kind({"1\x1F"
                  "2",
                  "", "0.5\x1F-3"})
                .width,
            2u);
  EXPECT_EQ(kind({"1\x1F"
                  "2",
                  "3"})
                .kind,
            ColumnKind::kList);
  EXPECT_EQ(kind({"a\x1F"
                  "b",
                  "a"})
                .kind,
            ColumnKind::kList);
}

TEST(InferKind, ATypeThatIsGivenGoesFirst) {
  const Strings values = strings({"1;2", "3"});
  EXPECT_EQ(forced_kind(values.view(), "list:;", {}, "").separator, ";");
  EXPECT_EQ(forced_kind(values.view(), "category", {}, "").kind, ColumnKind::kCategory);
  EXPECT_THROW(forced_kind(values.view(), "number", {}, ""), Error);
  EXPECT_THROW(forced_kind(values.view(), "colour", {}, ""), Error);
  EXPECT_THROW(forced_kind(values.view(), "vector:;", {}, ""), Error);
}

TEST(InferKind, TitlesAreText) {
  EXPECT_EQ(infer_kind(strings({"1984", "1984", "300"}).view(), parse_column_name("title"), {.is_title = true}).kind,
            ColumnKind::kText);
}

TEST(BuildColumn, PutsValuesIntoTheRowsAskedFor) {
  const std::vector<std::uint32_t> rows{1, kNoRow, 0};
  const Strings lists = strings({"a|b", "|c|"});
  const OwnedColumn list = build_column("l", {ColumnKind::kList, "|", 0}, lists.view(), rows);
  EXPECT_EQ(list.list_offsets, (std::vector<std::int64_t>{0, 1, 1, 3}));
  EXPECT_EQ(list.strings.view()[0], "c");
  EXPECT_EQ(list.strings.view()[2], "b");
  const Strings numbers = strings({"2", ""});
  const OwnedColumn number = build_column("n", {ColumnKind::kNumber, "", 0}, numbers.view(), rows);
  EXPECT_TRUE(std::isnan(number.numbers[0]));
  EXPECT_TRUE(std::isnan(number.numbers[1]));
  EXPECT_EQ(number.numbers[2], 2);
  const OwnedColumn text = build_column("t", {}, lists.view(), rows);
  EXPECT_EQ(text.strings.view()[1], "");
  EXPECT_EQ(text.strings.view()[2], "a|b");
}

TEST(ColumnNames, AreKnownInManySpellings) {
  const std::vector<ColumnName> names{parse_column_name("Movie_ID:token"), parse_column_name("reviewerID"),
                                      parse_column_name("stars"), parse_column_name("unixReviewTime")};
  EXPECT_EQ(find_role(LogRole::kItem, names), 0u);
  EXPECT_EQ(find_role(LogRole::kUser, names), 1u);
  EXPECT_EQ(find_role(LogRole::kRating, names), 2u);
  EXPECT_EQ(find_role(LogRole::kTimestamp, names), 3u);
  EXPECT_EQ(names[0].name, "Movie_ID");
  EXPECT_EQ(names[0].type, NamedType::kToken);
  EXPECT_EQ(list_names(names), "'Movie_ID', 'reviewerID', 'stars' and 'unixReviewTime'");
}

TEST(ColumnNames, ReadLikeAHeaderOrNot) {
  const auto names = [](const std::vector<std::string>& fields) {
    std::vector<ColumnName> result;
    for (const std::string& field : fields) result.push_back(parse_column_name(field));
    return result;
  };
  EXPECT_TRUE(reads_like_log_header(names({"x", "item_id"})));
  EXPECT_FALSE(reads_like_log_header(names({"17", "Heat", "5"})));
  EXPECT_TRUE(reads_like_table_header(names({"movieId", "x"})));
  EXPECT_FALSE(reads_like_table_header(names({"17", "Movie", "Drama"})));
  EXPECT_TRUE(reads_like_table_header(names({"code", "title", "genres"})));
}

}  // namespace
}  // namespace attune
