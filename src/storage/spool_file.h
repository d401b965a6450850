#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "storage/mapped_file.h"

namespace attune {

// A temporary file without a name, for bytes that must be read more than once but lie nowhere as a file: what comes
// through a pipe or out of a compressed file. It is gone when the last mapping of it is, also when the process is
// killed. Not thread-safe.
class SpoolFile {
 public:
  // In `folder`, which should lie where there is room. Throws Error(kSystem) when it does not exist or cannot be
  // written.
  explicit SpoolFile(const std::filesystem::path& folder);
  ~SpoolFile();
  SpoolFile(SpoolFile&&) noexcept;

  // Throws Error(kSystem) naming the folder and the reason (disk full, quota …).
  void write(std::string_view bytes);
  std::size_t size() const noexcept;

  // The bytes written so far, mapped. Ends writing.
  MappedFile map() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All bytes of a pipe, a device or, for "-", of standard input, as a spool file in `folder`; a regular file is mapped
// as it is. Throws as MappedFile::open does.
MappedFile map_or_spool(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace attune
