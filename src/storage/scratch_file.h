#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace attune {

// Bytes that do not fit into memory: a file without a name in a folder, gone with the process however that ends. Grows
// at its end alone; what was written can be mapped. Not thread-safe, but maps may be read by any thread.
class ScratchFile {
 public:
  // Throws Error(kSystem) when the folder does not exist or cannot be written.
  explicit ScratchFile(std::filesystem::path folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::size_t size() const noexcept { return size_; }

  // Appends and returns where the bytes begin. Throws Error(kSystem) naming the folder when the disk is full.
  std::size_t append(std::span<const std::byte> bytes);

  // Skips to the next multiple of the size of a page, where a map may begin.
  void align();

  // A part mapped read-only; it stays valid when the file is gone. `offset` is a multiple of the size of a page.
  class Map {
   public:
    Map() = default;
    std::span<const std::byte> bytes() const noexcept { return bytes_; }
    // Lets go of the memory of whole pages in front of byte `end`; reading them again reads the disk.
    void release_before(std::size_t end) const noexcept;

   private:
    friend class ScratchFile;
    std::shared_ptr<const void> owner_;
    std::span<const std::byte> bytes_;
  };
  Map map(std::size_t offset, std::size_t size) const;

 private:
  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

}  // namespace attune
