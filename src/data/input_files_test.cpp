#include "data/input_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::string names_of(const std::vector<std::filesystem::path>& files, const TestFolder& folder) {
  std::string text;
  for (const auto& file : files) text += (text.empty() ? "" : " ") + file.lexically_relative(folder.path()).string();
  return text;
}

void make(const TestFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << "u,i\n";
  }
}

TEST(InputFiles, AFolderStandsForItsFilesOfKnownFormats) {
  const TestFolder folder;
  make(folder, {"b.csv", "a.parquet", "sub/c.jsonl.gz", "notes.md", "_SUCCESS", ".hidden.csv", "_tmp/d.csv"});
  EXPECT_EQ(names_of(expand_path(folder.path()), folder), "a.parquet b.csv sub/c.jsonl.gz");
}

TEST(InputFiles, APatternStandsForWhatItMatches) {
  const TestFolder folder;
  make(folder, {"d1/part-2.csv", "d1/part-1.csv", "d2/part-3.csv", "d1/other.csv", "d1/.part-0.csv"});
  EXPECT_EQ(names_of(expand_path(folder / "d*/part-?.csv"), folder), "d1/part-1.csv d1/part-2.csv d2/part-3.csv");
  EXPECT_EQ(names_of(expand_path(folder / "d2*"), folder), "d2/part-3.csv");
  EXPECT_THROW(expand_path(folder / "x*.csv"), Error);
}

TEST(InputFiles, AFileWithAStarInItsNameIsThatFile) {
  const TestFolder folder;
  make(folder, {"a*.csv", "ab.csv"});
  EXPECT_EQ(names_of(expand_path(folder / "a*.csv"), folder), "a*.csv");
}

TEST(InputFiles, AFolderWithoutLogsIsRefused) {
  const TestFolder folder;
  make(folder, {"notes.md"});
  EXPECT_THROW(expand_path(folder.path()), Error);
}

TEST(InputFiles, StarsMatchAnythingAndQuestionMarksOneCharacter) {
  EXPECT_TRUE(matches("abc", "a*c"));
  EXPECT_TRUE(matches("ac", "a*c*"));
  EXPECT_TRUE(matches("aXbXc", "a*b?c"));
  EXPECT_FALSE(matches("abcd", "a*c"));
  EXPECT_FALSE(matches("", "?"));
  EXPECT_TRUE(matches("", "*"));
}

}  // namespace
}  // namespace attune
