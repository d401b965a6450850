#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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

  // Overwrites bytes that were written before; for headers whose content is known last.
  void write_at(std::size_t offset, std::span<const std::byte> bytes);

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
// them and exchanges the two folders by rename, then deletes the old one. Whoever opens the target sees the old folder
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
  bool committed_ = false;
};

// For tests: the nth write of this process from now on fails as if the disk were full (0 switches it off), in
// AtomicFile.
void fail_write_for_test(std::size_t nth);

}  // namespace attune
