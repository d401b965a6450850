#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "storage/leftovers.h"

namespace attune {

// A file written whole or not at all: bytes go to a temporary file beside `path`; commit() flushes it to the disk and
// renames it over `path`. Destroyed without commit, nothing has changed and the temporary file is gone. A killed
// process leaves at most a file named `.<name>.<pid>-<n>.partial`, which nothing reads. Not thread-safe.
class AtomicFile {
 public:
  // Throws Error(kSystem) naming the folder when it does not exist or cannot be written.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;

  // Throws Error(kSystem) naming the file and the reason (disk full, quota …).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  // Leaves room for bytes that write_at puts there later; until then they are zeros.
  void skip(std::size_t bytes);

  // Overwrites bytes that were written or skipped before: headers whose content is known last, columns that are written
  // side by side. Several threads may call it at once, as long as none calls anything else.
  void write_at(std::size_t offset, std::span<const std::byte> bytes);

  // Hands what is buffered to the operating system, so that whoever reads partial_path() sees it.
  void flush();

  std::size_t size() const noexcept;  // bytes written so far
  void commit();

  // Where the bytes are until commit(), for libraries that write files themselves; such a library must have closed the
  // file before commit().
  const std::filesystem::path& partial_path() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A folder written whole or not at all: files are put into path(), a new folder beside the target; commit() flushes
// them and exchanges the two folders by rename, then deletes the old one. What killed processes left beside the target
// is deleted at the start. Whoever opens the target sees the old folder
// or the new one, never a mixture. Refuses to replace a folder that `is_ours` (a file name, such as manifest.json) is
// missing in, so that a mistyped --out deletes nothing.
class AtomicFolder {
 public:
  // Throws Error(kUsage) when the target is a file or somebody else's folder, Error(kSystem) when the folder that it
  // shall lie in does not exist or cannot be written.
  AtomicFolder(std::filesystem::path target, std::string is_ours);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return staging_; }
  void commit();

 private:
  std::filesystem::path target_;
  std::string is_ours_;
  std::filesystem::path staging_;
  FolderLock lock_;
  bool committed_ = false;
};

// For tests: the nth write of this process from now on fails as if the disk were full (0 switches it off), in
// AtomicFile and ScratchFile.
void fail_write_for_test(std::size_t nth);

// What every write of these asks first: whether it is the one that shall fail.
bool write_shall_fail();

}  // namespace attune
