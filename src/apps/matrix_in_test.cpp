#include "apps/matrix_in.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

using Missing = MatrixIn::Missing;

std::vector<double> values_of(const std::filesystem::path& path) {
  const MatrixIn in = MatrixIn::open(path, Missing::kAllow);
  std::vector<double> storage;
  const auto view = in.view(storage);
  return {view.data, view.data + view.rows * view.columns};
}

std::string refusal(const std::filesystem::path& path, Missing missing = Missing::kAllow) {
  try {
    MatrixIn::open(path, missing);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MatrixIn, ReadsCsvWithoutAHeaderLine) {
  const TestFolder folder;
  EXPECT_EQ(values_of(folder.write("a.csv", "1,2.5\n-3e-2, +4 \n")), (std::vector<double>{1, 2.5, -0.03, 4}));
  EXPECT_EQ(values_of(folder.write("b.csv",
                                   "\xEF\xBB\xBF"
                                   "1,2\r\n3,4")),
            (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(values_of(folder.write("c.csv", "1,2\n3,4\n\n\n")), (std::vector<double>{1, 2, 3, 4}));
}

TEST(MatrixIn, TakesAnEmptyCellForAMissingNumber) {
  const TestFolder folder;
  const std::vector<double> values = values_of(folder.write("a.csv", "1,,\nnan,2,3\n"));
  ASSERT_EQ(values.size(), 6u);
  EXPECT_EQ(values[0], 1);
  EXPECT_TRUE(std::isnan(values[1]) && std::isnan(values[2]) && std::isnan(values[3]));
  EXPECT_EQ(values_of(folder.write("b.csv", "1\n\n2\n")).size(), 3u);
}

TEST(MatrixIn, SaysWhereACellIsNoNumber) {
  const TestFolder folder;
  EXPECT_NE(refusal(folder.write("a.csv", "1,2\n3,x\n")).find("a.csv:2: column 2 holds 'x'"), std::string::npos);
  EXPECT_NE(refusal(folder.write("b.csv", "1,inf\n")).find("b.csv:1: column 2 holds 'inf'"), std::string::npos);
  EXPECT_NE(refusal(folder.write("c.csv", "1,2\n3,\n"), Missing::kRefuse).find("c.csv:2: column 2 holds nothing"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("d.csv", "f1,f2\n1,2\n")).find("without a header line"), std::string::npos);
}

TEST(MatrixIn, RefusesLinesOfDifferentLengths) {
  const TestFolder folder;
  EXPECT_NE(refusal(folder.write("a.csv", "1,2\n3\n")).find("a.csv:2: 1 cell; the lines before have 2"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("b.csv", "1,2\n3,4,5\n")).find("b.csv:2: 3 cells"), std::string::npos);
  EXPECT_NE(refusal(folder.write("c.csv", "1,2\n\n3,4\n")).find("c.csv:2: 1 cell;"), std::string::npos);
}

TEST(MatrixIn, RefusesFilesWithoutAnyNumber) {
  const TestFolder folder;
  EXPECT_NE(refusal(folder.write("a.csv", "")).find("the matrix is empty"), std::string::npos);
  EXPECT_NE(refusal(folder.write("a.txt", "1,2\n")).find(".npy, .csv"), std::string::npos);
  EXPECT_NE(refusal(folder / "missing.csv"), "");
}

}  // namespace
}  // namespace attune
