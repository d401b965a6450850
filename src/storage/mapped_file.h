#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace attune {

// A file mapped read-only; pages are read when touched. Copies share the mapping, which lasts as long as any of them.
class MappedFile {
 public:
  // Throws Error(kBadInput) when there is no such file or it is a directory, Error(kSystem) when it cannot be read.
  static MappedFile open(const std::filesystem::path& path);

  // The same of an open file, which may be closed afterwards; `path` is for messages.
  static MappedFile map(int descriptor, const std::filesystem::path& path);

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::shared_ptr<const void> keep_alive() const { return mapping_; }

 private:
  std::shared_ptr<const void> mapping_;
  std::span<const std::byte> bytes_;
};

}  // namespace attune
