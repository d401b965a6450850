#include "storage/system_error.h"

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace attune {
namespace {

std::string_view advice(int code) {
  switch (code) {
    case ENOSPC:
      return "disk full; free some space, or choose a folder on another disk";
    case EDQUOT:
      return "disk quota used up; free some space, or choose a folder on another disk";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and of its folder";
    case EROFS:
      return "choose a folder on a disk that can be written";
    case ENOENT:
    case ENOTDIR:
      return "create the folder first, or correct the path";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case ENOMEM:
      return "free some memory, or raise the limit of address space (ulimit -v)";
    default:
      return "check the disk";
  }
}

}  // namespace

void throw_system_error(std::string_view action, const std::filesystem::path& path, int code) {
  throw Error(ErrorKind::kSystem, path.string(), ": ", action, ": ", std::generic_category().message(code), " (",
              advice(code), ").");
}

}  // namespace attune
