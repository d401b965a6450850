#include "storage/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::optional<ErrorKind> refusal(const std::filesystem::path& path) {
  try {
    MappedFile::open(path);
    return std::nullopt;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    return error.kind();
  }
}

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, HoldsTheBytes) {
  const TestFolder folder;
  const std::string content = std::string("a\0b", 3) + std::string(10000, 'x');
  EXPECT_EQ(text_of(MappedFile::open(folder.write("file", content))), content);
}

TEST(MappedFile, OfNoBytesIsEmpty) {
  const TestFolder folder;
  EXPECT_TRUE(MappedFile::open(folder.write("file", "")).bytes().empty());
}

TEST(MappedFile, LivesAsLongAsACopyOrItsOwner) {
  const TestFolder folder;
  const auto path = folder.write("file", "content");
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
  {
    const MappedFile file = MappedFile::open(path);
    owner = file.keep_alive();
    bytes = file.bytes();
  }
  std::filesystem::remove(path);
  EXPECT_EQ(std::to_integer<char>(bytes.front()), 'c');
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const TestFolder folder;
  EXPECT_EQ(refusal(folder / "missing"), ErrorKind::kBadInput);
  EXPECT_EQ(refusal(folder.write("file", "x") / "below"), ErrorKind::kBadInput);
  EXPECT_EQ(refusal(folder.path()), ErrorKind::kBadInput);
}

TEST(MappedFile, RefusesAPipeWithoutWaiting) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder / "pipe"), ErrorKind::kBadInput);
}

TEST(MappedFile, ReportsWhatTheSystemRefuses) {
  const TestFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_EQ(refusal(folder / "loop"), ErrorKind::kSystem);
}

TEST(MappedFile, ReportsAFileThatMayNotBeRead) {
  const TestFolder folder;
  const auto path = folder.write("secret", "x");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  const uid_t user = ::geteuid();
  // Root may read every file.
  if (user == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto kind = refusal(path);
  ASSERT_EQ(::seteuid(user), 0);
  EXPECT_EQ(kind, ErrorKind::kSystem);
}

}  // namespace
}  // namespace attune
