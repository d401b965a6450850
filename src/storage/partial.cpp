#include "storage/partial.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "storage/system_error.h"

namespace attune {

std::filesystem::path next_partial_path(const std::filesystem::path& target) {
  static std::atomic<unsigned> number{0};
  const std::string name =
      "." + target.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(++number) + ".partial";
  return target.parent_path() / name;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void flush_to_disk(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_system_error("cannot flush to the disk", path, errno);
  const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some file systems have no way to flush a folder and say EINVAL.
  if (failure != 0 && failure != EINVAL) throw_system_error("cannot flush to the disk", path, failure);
}

}  // namespace attune
