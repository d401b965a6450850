#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/atomic_file.h"
#include "storage/test_folder.h"

namespace {
bool exchange_supported = true;
}

// Takes the C library's place, so that file systems without the exchange are tested too.
extern "C" int renameat2(int old_folder, const char* old_path, int new_folder, const char* new_path,
                         unsigned flags) noexcept {
  if (exchange_supported)
    return static_cast<int>(::syscall(SYS_renameat2, old_folder, old_path, new_folder, new_path, flags));
  errno = EINVAL;
  return -1;
}

namespace attune {
namespace {

void put(const std::filesystem::path& folder, std::string_view content) {
  std::filesystem::create_directories(folder / "inner");
  for (const char* name : {"manifest.json", "inner/data"}) std::ofstream(folder / name, std::ios::binary) << content;
}

std::string content_of(const std::filesystem::path& folder) {
  const std::string content = read_file(folder / "manifest.json");
  EXPECT_EQ(content, read_file(folder / "inner/data"));
  return content;
}

void replace(const std::filesystem::path& target, std::string_view content) {
  AtomicFolder staging(target, "manifest.json");
  put(staging.path(), content);
  staging.commit();
}

std::optional<ErrorKind> refusal(const std::filesystem::path& target) {
  try {
    AtomicFolder(target, "manifest.json");
    return std::nullopt;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()), "");
    return error.kind();
  }
}

// Both ways of putting the folder in place.
class AtomicFolderBothWays : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { exchange_supported = GetParam(); }
  void TearDown() override { exchange_supported = true; }
};
INSTANTIATE_TEST_SUITE_P(WithAndWithoutExchange, AtomicFolderBothWays, testing::Bool());

TEST_P(AtomicFolderBothWays, CommitMakesTheFolder) {
  const TestFolder folder;
  replace(folder / "out", "new");
  EXPECT_EQ(content_of(folder / "out"), "new");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_P(AtomicFolderBothWays, CommitReplacesTheOldFolder) {
  const TestFolder folder;
  put(folder / "out", "old");
  folder.write("out/only-in-old", "x");
  replace(folder / "out", "new");
  EXPECT_EQ(content_of(folder / "out"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "out/only-in-old"));
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_P(AtomicFolderBothWays, CommitFillsAnEmptyFolder) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "out");
  replace(folder.path() / "out/", "new");
  EXPECT_EQ(content_of(folder / "out"), "new");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_P(AtomicFolderBothWays, KilledAtAnyMomentTheFolderIsWhole) {
  const TestFolder folder;
  put(folder / "out", "a");
  for (useconds_t wait = 500; wait < 30000; wait += 2500) {
    const pid_t process = ::fork();
    if (process == 0) {
      while (true) {
        for (const char* version : {"b", "c"}) replace(folder / "out", version);
      }
    }
    ::usleep(wait);
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    // Without the exchange there is a moment in which the old folder stands aside and the new one is not in place yet.
    if (!GetParam() && !std::filesystem::exists(folder / "out")) {
      put(folder / "out", "a");
      continue;
    }
    EXPECT_NE(content_of(folder / "out"), "");
  }
}

TEST(AtomicFolder, WithoutCommitNothingChanges) {
  const TestFolder folder;
  put(folder / "out", "old");
  {
    const AtomicFolder staging(folder / "out", "manifest.json");
    put(staging.path(), "new");
  }
  EXPECT_EQ(content_of(folder / "out"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFolder, RefusesAFolderThatIsSomebodyElses) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "photos");
  folder.write("photos/holiday.jpg", "x");
  EXPECT_EQ(refusal(folder / "photos"), ErrorKind::kUsage);
  EXPECT_EQ(refusal(folder.write("file", "x")), ErrorKind::kUsage);
  EXPECT_EQ(refusal("/"), ErrorKind::kUsage);
  EXPECT_EQ(refusal(""), ErrorKind::kUsage);
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(AtomicFolder, RefusesWhatBecameSomebodyElsesMeanwhile) {
  const TestFolder folder;
  AtomicFolder staging(folder / "out", "manifest.json");
  put(staging.path(), "new");
  std::filesystem::create_directory(folder / "out");
  folder.write("out/holiday.jpg", "x");
  EXPECT_THROW(staging.commit(), Error);
  EXPECT_EQ(read_file(folder / "out/holiday.jpg"), "x");
}

TEST(AtomicFolder, NeedsTheFolderAround) {
  const TestFolder folder;
  EXPECT_EQ(refusal(folder / "missing/out"), ErrorKind::kSystem);
}

TEST(AtomicFolder, ReplacesTheFolderBehindALink) {
  const TestFolder folder;
  put(folder / "real", "old");
  std::filesystem::create_symlink("real", folder / "link");
  replace(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "real"), "new");
}

TEST(AtomicFolder, DeletesWhatKilledProcessesLeftAndNothingElse) {
  const TestFolder folder;
  const auto put = [&](const std::string& name) {
    std::filesystem::create_directory(folder / name);
    std::ofstream(folder / name / "file") << "old";
  };
  put(".d.99-1.partial");
  put(".d.99-2.partial");
  put(".dd.99-1.partial");
  put(".d.99-x.partial");
  put(".d.partial");
  std::ofstream(folder / ".d.99-3.partial") << "a file under way";
  AtomicFolder living(folder / "d", "file");
  std::ofstream(living.path() / "file") << "one";
  {
    AtomicFolder other(folder / "d", "file");
  }
  EXPECT_TRUE(std::filesystem::exists(living.path() / "file"));  // it is locked
  EXPECT_FALSE(std::filesystem::exists(folder / ".d.99-1.partial"));
  EXPECT_FALSE(std::filesystem::exists(folder / ".d.99-2.partial"));
  for (const char* kept : {".dd.99-1.partial", ".d.99-x.partial", ".d.partial", ".d.99-3.partial"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / kept)) << kept;
  }
  living.commit();
  EXPECT_EQ(read_file(folder / "d" / "file"), "one");
}

}  // namespace
}  // namespace attune
