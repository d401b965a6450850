#include "storage/spool_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(SpoolFile, HoldsWhatWasWrittenAndLeavesNoName) {
  const TestFolder folder;
  SpoolFile spool(folder.path());
  std::string expected;
  for (int i = 0; i < 300'000; ++i) {
    const std::string piece = std::to_string(i) + " ";
    spool.write(piece);
    expected += piece;
  }
  spool.write(std::string(3 << 20, 'x'));
  expected += std::string(3 << 20, 'x');
  EXPECT_EQ(spool.size(), expected.size());
  const MappedFile mapped = std::move(spool).map();
  EXPECT_EQ(text_of(mapped), expected);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SpoolFile, IsEmptyWhenNothingWasWritten) {
  const TestFolder folder;
  EXPECT_EQ(SpoolFile(folder.path()).map().bytes().size(), 0u);
}

TEST(SpoolFile, NamesAFolderThatIsNotThere) {
  const TestFolder folder;
  EXPECT_THROW(SpoolFile(folder / "missing"), Error);
}

TEST(SpoolFile, TakesAPipeWhole) {
  const TestFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string text(200'000, 'p');
  std::thread writer([&] { std::ofstream(pipe) << text; });
  const MappedFile mapped = map_or_spool(pipe, folder.path());
  writer.join();
  EXPECT_EQ(text_of(mapped), text);
}

TEST(SpoolFile, MapsARegularFileAsItIs) {
  const TestFolder folder;
  std::ofstream(folder / "file") << "text";
  EXPECT_EQ(text_of(map_or_spool(folder / "file", folder.path())), "text");
}

}  // namespace
}  // namespace attune
