#include "storage/leftovers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "storage/partial.h"
#include "storage/system_error.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whether next_partial_path names something so for a target of this name.
bool is_partial_of(std::string_view entry, const std::string& name) {
  const std::string start = "." + name + ".";
  constexpr std::string_view kEnd = ".partial";
  if (entry.size() <= start.size() + kEnd.size() || !entry.starts_with(start) || !entry.ends_with(kEnd)) return false;
  const std::string_view middle = entry.substr(start.size(), entry.size() - start.size() - kEnd.size());
  const std::size_t dash = middle.find('-');
  return dash != std::string_view::npos && all_digits(middle.substr(0, dash)) && all_digits(middle.substr(dash + 1));
}

int open_folder(const fs::path& folder) { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : descriptor_(open_folder(folder)) {
  if (descriptor_ < 0 && errno == ENOENT) return;
  if (descriptor_ < 0) throw_system_error("cannot open", folder, errno);
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

bool FolderLock::folder_is_gone() const noexcept {
  struct stat status;
  return descriptor_ < 0 || (::fstat(descriptor_, &status) == 0 && status.st_nlink == 0);
}

void remove_leftovers(const fs::path& target) {
  const fs::path parent = folder_of(target);
  const std::string name = target.filename().string();
  std::error_code failure;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(parent, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (is_partial_of(entry->path().filename().string(), name)) found.push_back(entry->path());
  }
  for (const fs::path& path : found) {
    const int descriptor = open_folder(path);
    if (descriptor < 0) continue;  // a file, or gone by now
    const bool abandoned = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (abandoned) fs::remove_all(path, failure);
    ::close(descriptor);
    if (abandoned && failure) throw_system_error("cannot delete what a killed process left", path, failure.value());
  }
}

}  // namespace attune
