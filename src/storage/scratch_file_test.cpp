#include "storage/scratch_file.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text_of(const ScratchFile::Map& map) {
  return {reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size()};
}

TEST(ScratchFile, GivesBackWhatWasAppendedAndHasNoName) {
  const TestFolder folder;
  ScratchFile::Map first, second;
  {
    ScratchFile file(folder.path());
    EXPECT_EQ(file.append(bytes_of("one")), 0u);
    file.align();
    const std::size_t offset = file.append(bytes_of(std::string(10'000, 'x')));
    EXPECT_EQ(offset % 4096, 0u);
    EXPECT_EQ(folder.entries(), 0u);
    first = file.map(0, 3);
    second = file.map(offset, 10'000);
    EXPECT_TRUE(file.map(0, 0).bytes().empty());
  }
  EXPECT_EQ(text_of(first), "one");
  EXPECT_EQ(text_of(second), std::string(10'000, 'x'));
  second.release_before(9'000);
  EXPECT_EQ(text_of(second), std::string(10'000, 'x'));  // read again
}

TEST(ScratchFile, NeedsAFolderThatIsThere) {
  const TestFolder folder;
  EXPECT_THROW(ScratchFile(folder / "absent"), Error);
}

}  // namespace
}  // namespace attune
