#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/check.h"
#include "base/error.h"
#include "base/log.h"
#include "storage/atomic_file.h"
#include "storage/leftovers.h"
#include "storage/partial.h"
#include "storage/system_error.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

// Absolute and without links or a trailing slash, so that what is exchanged is the folder itself.
fs::path real_target(const fs::path& target) {
  if (target.empty()) throw Error(ErrorKind::kUsage, "The name of the output folder is empty. Name a folder.");
  std::error_code failure;
  fs::path real = fs::weakly_canonical(fs::absolute(target), failure);
  if (failure) throw_system_error("cannot find the folder", target, failure.value());
  if (!real.has_filename()) real = real.parent_path();
  if (!real.has_filename()) {
    throw Error(ErrorKind::kUsage, target.string(), ": cannot be replaced. Name a folder inside it.");
  }
  return real;
}

void refuse_foreign(const fs::path& target, const std::string& is_ours) {
  std::error_code failure;
  const fs::file_status status = fs::status(target, failure);
  if (status.type() == fs::file_type::not_found) return;
  if (status.type() == fs::file_type::none) throw_system_error("cannot look into the folder", target, failure.value());
  if (!fs::is_directory(status)) {
    throw Error(ErrorKind::kUsage, target.string(),
                ": is a file; expected a folder or nothing there. Choose another name.");
  }
  const bool empty = fs::is_empty(target, failure);
  if (failure) throw_system_error("cannot look into the folder", target, failure.value());
  if (!empty && !fs::is_regular_file(target / is_ours, failure)) {
    throw Error(ErrorKind::kUsage, target.string(), ": holds other files, and no ", is_ours,
                ", so it is not replaced. Choose another name, or delete the folder yourself.");
  }
}

// Files before the folders that name them.
void flush_tree(const fs::path& folder) {
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (entry->is_symlink(failure)) continue;
    entry->is_directory(failure) ? flush_tree(entry->path()) : flush_to_disk(entry->path());
  }
  if (failure) throw_system_error("cannot list the folder", folder, failure.value());
  flush_to_disk(folder);
}

// Puts `staging` where `target` is. Returns where the old folder went; empty when there was none.
fs::path exchange(const fs::path& staging, const fs::path& target) {
  if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return staging;
  const bool not_supported = errno == EINVAL || errno == ENOSYS;
  if (!not_supported && errno != ENOENT) throw_system_error("cannot put the folder in place", target, errno);
  fs::path old;
  if (not_supported) {
    // File systems without the exchange: for a moment there is no target, but never half of one.
    old = next_partial_path(target);
    if (::rename(target.c_str(), old.c_str()) != 0) {
      if (errno != ENOENT) throw_system_error("cannot move the old folder aside", target, errno);
      old.clear();
    }
  }
  if (::rename(staging.c_str(), target.c_str()) != 0) {
    const int code = errno;
    if (!old.empty() && ::rename(old.c_str(), target.c_str()) != 0) {
      throw_system_error("cannot put the folder in place; the old one is now " + old.string(), target, code);
    }
    throw_system_error("cannot put the folder in place", target, code);
  }
  return old;
}

}  // namespace

AtomicFolder::AtomicFolder(fs::path target, std::string is_ours)
    : target_(real_target(target)), is_ours_(std::move(is_ours)) {
  refuse_foreign(target_, is_ours_);
  remove_leftovers(target_);
  do {
    staging_ = next_partial_path(target_);
    const int result = ::mkdir(staging_.c_str(), 0777);
    if (result != 0 && errno == EEXIST) continue;
    if (result != 0) throw_system_error("cannot create a folder in this folder", folder_of(target_), errno);
    lock_ = FolderLock(staging_);
  } while (lock_.folder_is_gone());
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staging_, ignored);
}

void AtomicFolder::commit() {
  ATTUNE_CHECK(!committed_);
  flush_tree(staging_);
  refuse_foreign(target_, is_ours_);
  const fs::path old = exchange(staging_, target_);
  committed_ = true;
  flush_to_disk(folder_of(target_));
  std::error_code failure;
  if (!old.empty()) fs::remove_all(old, failure);
  if (failure) {
    log(LogLevel::kWarning, target_.string() + " was replaced, but what it held before cannot be deleted: " +
                                old.string() + ": " + failure.message() + ". Delete that folder yourself.");
  }
}

}  // namespace attune
