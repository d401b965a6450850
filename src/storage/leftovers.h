#pragma once

#include <filesystem>

namespace attune {

// Folders under way are locked by the process that writes them (AtomicFolder), so that what a killed one left can be
// told from what a living one is still writing.

// A lock on a folder that lasts as long as the object and the process.
class FolderLock {
 public:
  FolderLock() = default;
  // Locks the folder, or waits until it can. On file systems without locks nothing is locked. Throws Error(kSystem)
  // when the folder is there and cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

  // Whether there was no folder any more when it was to be locked.
  bool folder_is_gone() const noexcept;

 private:
  int descriptor_ = -1;
};

// Deletes the folders `.<name>.<pid>-<n>.partial` beside `target` that nobody holds a lock on: a killed import's half
// of a dataset, or the old one that it had replaced and not yet deleted. Throws Error(kSystem) when one cannot be
// deleted.
void remove_leftovers(const std::filesystem::path& target);

}  // namespace attune
