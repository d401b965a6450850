#include "apps/output_paths.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

TEST(PathsInUse, RefuseAnOutputThatIsAnInputHoweverItIsSpelled) {
  const TestFolder folder;
  folder.write("model", "x");
  PathsInUse paths;
  paths.read(folder / "model");
  EXPECT_THROW(paths.write("--out", folder / "model"), Error);
  EXPECT_THROW(paths.write("--out", folder / "./model"), Error);
  std::filesystem::create_symlink(folder / "model", folder / "link");
  EXPECT_THROW(paths.write("--out", folder / "link"), Error);
  EXPECT_NO_THROW(paths.write("--out", folder / "model.csv"));
}

TEST(PathsInUse, RefuseAnOutputInsideAFolderThatIsRead) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "dataset");
  PathsInUse paths;
  paths.read(folder / "dataset");
  EXPECT_THROW(paths.write("--out", folder / "dataset/model"), Error);
  EXPECT_NO_THROW(paths.write("--out", folder / "dataset2"));
}

TEST(PathsInUse, RefuseTheSameOutputTwice) {
  const TestFolder folder;
  PathsInUse paths;
  paths.write("--out-attention", folder / "a.csv");
  EXPECT_THROW(paths.write("--out-predictions", folder / "a.csv"), Error);
  EXPECT_NO_THROW(paths.write("--out-predictions", std::optional<std::filesystem::path>()));
}

}  // namespace
}  // namespace attune
