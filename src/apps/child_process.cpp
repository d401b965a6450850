#include "apps/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/error.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Where a child's streams go.
class Redirection {
 public:
  Redirection(const fs::path& out, const fs::path& err) {
    posix_spawn_file_actions_init(&actions_);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, out.c_str(), kFlags, 0600);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, err.c_str(), kFlags, 0600);
  }
  ~Redirection() { posix_spawn_file_actions_destroy(&actions_); }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw Error(ErrorKind::kSystem, "cannot wait for a child process: ", std::strerror(errno));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ChildRun run_self(const std::vector<std::string>& words, const fs::path& folder) {
  const fs::path out = folder / "out", err = folder / "err";
  std::string name = "attune";
  std::vector<std::string> owned = words;
  std::vector<char*> arguments{name.data()};
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Redirection streams(out, err);
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/proc/self/exe", streams.get(), nullptr, arguments.data(), environ);
  if (failed != 0) throw Error(ErrorKind::kSystem, "cannot start a child process: ", std::strerror(failed));
  const int status = wait_for(child);
  return {status, content_of(out), content_of(err)};
}

}  // namespace attune
