#include "storage/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

std::string failure_of(const std::function<void()>& action, ErrorKind kind = ErrorKind::kSystem) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

// Runs `child` in a process of its own and kills it after so long, unless it has ended.
void run_and_kill(const std::function<void()>& child, useconds_t microseconds) {
  const pid_t process = ::fork();
  if (process == 0) {
    child();
    ::_exit(0);
  }
  ::usleep(microseconds);
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

TEST(AtomicFile, CommitPutsTheBytesInPlace) {
  const TestFolder folder;
  const auto path = folder.write("file", "old");
  AtomicFile file(path);
  file.write("new ");
  file.write("content");
  EXPECT_EQ(file.size(), 11u);
  EXPECT_EQ(read_file(path), "old");
  file.commit();
  EXPECT_EQ(read_file(path), "new content");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, KeepsOrderAndContentOfLargeAndSmallWrites) {
  const TestFolder folder;
  Rng rng(3);
  std::string expected;
  AtomicFile file(folder / "file");
  for (const std::size_t size : {0, 1, 1000, 300000, 7, 262144, 262143, 1, 2, 900000, 5}) {
    std::string piece(size, '\0');
    for (char& c : piece) c = static_cast<char>(rng.next());
    file.write(piece);
    expected += piece;
  }
  EXPECT_EQ(file.size(), expected.size());
  file.commit();
  EXPECT_TRUE(read_file(folder / "file") == expected);
}

// What is left in the buffer is written by one of them; the thread sanitizer sees to it that it is one.
TEST(AtomicFile, SeveralThreadsWriteAtPlacesOfTheirOwn) {
  const TestFolder folder;
  AtomicFile file(folder / "file");
  file.write(std::string(80, '.'));
  file.write("end");
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&file, t] {
      const std::string own(10, static_cast<char>('a' + t));
      file.write_at(10 * t, std::as_bytes(std::span(own)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  file.commit();
  std::string expected;
  for (char letter = 'a'; letter < 'i'; ++letter) expected.append(10, letter);
  expected += "end";
  EXPECT_EQ(read_file(folder / "file"), expected);
}

TEST(AtomicFile, WriteAtOverwritesWhatWasWritten) {
  const TestFolder folder;
  AtomicFile file(folder / "file");
  file.write("0123456789");
  file.write_at(2, std::as_bytes(std::span("ab", 2)));
  file.write("more");
  file.write_at(0, std::as_bytes(std::span("X", 1)));
  EXPECT_EQ(file.size(), 14u);
  file.commit();
  EXPECT_EQ(read_file(folder / "file"), "X1ab456789more");
}

TEST(AtomicFileDeathTest, WriteAtBeyondTheEndIsOurMistake) {
  const TestFolder folder;
  AtomicFile file(folder / "file");
  file.write("0123");
  EXPECT_DEATH(file.write_at(3, std::as_bytes(std::span("ab", 2))), "check failed");
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const TestFolder folder;
  const auto path = folder.write("file", "old");
  {
    AtomicFile(path).write("new");
  }
  {
    AtomicFile(folder / "another").write("new");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, CommitsWhatALibraryWroteItself) {
  const TestFolder folder;
  AtomicFile file(folder / "file");
  std::filesystem::remove(file.partial_path());
  std::ofstream(file.partial_path()) << "from elsewhere";
  file.commit();
  EXPECT_EQ(read_file(folder / "file"), "from elsewhere");
}

TEST(AtomicFile, MovesWithItsContent) {
  const TestFolder folder;
  AtomicFile first(folder / "file");
  first.write("abc");
  AtomicFile second(std::move(first));
  second.write("def");
  second.commit();
  EXPECT_EQ(read_file(folder / "file"), "abcdef");
}

TEST(AtomicFile, ReplacesTheFileBehindALinkAndNotTheLink) {
  const TestFolder folder;
  folder.write("file", "old");
  std::filesystem::create_symlink("file", folder / "link");
  AtomicFile file(folder / "link");
  file.write("new");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "file"), "new");
}

TEST(AtomicFile, RefusesFoldersAndDevices) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "taken");
  failure_of([&] { AtomicFile(folder / "taken"); });
  failure_of([] { AtomicFile("/dev/null"); });
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, NamesTheFolderThatDoesNotExist) {
  const TestFolder folder;
  const std::string message = failure_of([&] { AtomicFile(folder / "missing/file"); });
  EXPECT_NE(message.find((folder / "missing").string() + ": "), std::string::npos) << message;
}

TEST(AtomicFile, ADiskThatIsFullLeavesTheOldFile) {
  const TestFolder folder;
  const auto path = folder.write("file", "old");
  for (std::size_t nth = 1; nth <= 3; ++nth) {
    const std::string message = failure_of([&] {
      AtomicFile file(path);
      fail_write_for_test(nth);
      for (int i = 0; i < 3; ++i) file.write(std::string(1000, 'x'));
      file.commit();
    });
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    EXPECT_NE(message.find("disk full"), std::string::npos) << message;
    EXPECT_EQ(read_file(path), "old");
    EXPECT_EQ(folder.entries(), 1u);
  }
  AtomicFile file(path);
  file.write("new");
  file.commit();
  EXPECT_EQ(read_file(path), "new");
}

TEST(AtomicFile, AWriteThatTheSystemCutsShortLeavesTheOldFile) {
  const TestFolder folder;
  const auto path = folder.write("file", "old");
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 100000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  const std::string message = failure_of([&] {
    AtomicFile file(path);
    file.write(std::string(1000000, 'x'));
    file.commit();
  });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, KilledInTheMiddleOfAWriteTheOldFileStays) {
  const TestFolder folder;
  const auto path = folder.write("file", "old");
  int signal[2];
  ASSERT_EQ(::pipe(signal), 0);
  const pid_t process = ::fork();
  if (process == 0) {
    AtomicFile file(path);
    for (int i = 0; i < 10; ++i) file.write(std::string(1 << 19, 'x'));
    while (::write(signal[1], "x", 1) == 1) file.write("and more");
    ::_exit(0);
  }
  char byte;
  EXPECT_EQ(::read(signal[0], &byte, 1), 1);
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  ::close(signal[0]);
  ::close(signal[1]);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(folder.entries(), 2u);
  AtomicFile file(path);
  file.write("new");
  file.commit();
  EXPECT_EQ(read_file(path), "new");
}

TEST(AtomicFile, KilledAtAnyMomentTheFileIsWhole) {
  const TestFolder folder;
  const auto path = folder.write("file", std::string(50000, 'a'));
  for (useconds_t wait = 500; wait < 20000; wait += 1500) {
    run_and_kill(
        [&] {
          for (char version = 'b';; version = version == 'z' ? 'b' : static_cast<char>(version + 1)) {
            AtomicFile file(path);
            for (int i = 0; i < 50; ++i) file.write(std::string(1000, version));
            file.commit();
          }
        },
        wait);
    const std::string content = read_file(path);
    ASSERT_FALSE(content.empty());
    EXPECT_EQ(content, std::string(50000, content.front()));
  }
}

TEST(AtomicFile, LeavesRoomThatIsFilledLater) {
  const TestFolder folder;
  AtomicFile file(folder / "file");
  file.write(std::string_view("head"));
  file.skip(6);
  file.write(std::string_view("tail"));
  EXPECT_EQ(file.size(), 14u);
  const std::string middle = "middle";
  file.write_at(4, std::as_bytes(std::span(middle)));
  file.flush();
  EXPECT_EQ(read_file(file.partial_path()), "headmiddletail");
  file.commit();
  EXPECT_EQ(read_file(folder / "file"), "headmiddletail");
}

}  // namespace
}  // namespace attune
