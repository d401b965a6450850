#include "storage/scratch_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "storage/atomic_file.h"
#include "storage/page_release.h"
#include "storage/partial.h"
#include "storage/system_error.h"

namespace attune {
namespace {

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

int open_nameless(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return descriptor;
  // File systems without nameless files: a name, taken away at once.
  int named;
  std::filesystem::path path;
  do {
    path = next_partial_path(folder / "scratch");
    named = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  } while (named < 0 && errno == EEXIST);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

struct Mapping {
  void* address = nullptr;
  std::size_t size = 0;
  ~Mapping() {
    if (address != nullptr) ::munmap(address, size);
  }
};

}  // namespace

ScratchFile::ScratchFile(std::filesystem::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) folder_ = ".";
  descriptor_ = open_nameless(folder_);
  if (descriptor_ < 0) throw_system_error("cannot create a file in this folder", folder_, errno);
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

std::size_t ScratchFile::append(std::span<const std::byte> bytes) {
  const std::size_t first = size_;
  if (write_shall_fail()) throw_system_error("cannot write a file for what memory does not hold", folder_, ENOSPC);
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      throw_system_error("cannot write a file for what memory does not hold", folder_, put < 0 ? errno : ENOSPC);
    }
    size_ += static_cast<std::size_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return first;
}

void ScratchFile::align() { size_ = (size_ + page_bytes() - 1) / page_bytes() * page_bytes(); }

ScratchFile::Map ScratchFile::map(std::size_t offset, std::size_t size) const {
  ATTUNE_CHECK(offset <= size_ && size <= size_ - offset && offset % page_bytes() == 0);
  Map result;
  if (size == 0) return result;
  auto mapping = std::make_shared<Mapping>();
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor_, static_cast<off_t>(offset));
  if (address == MAP_FAILED) throw_system_error("cannot map into memory", folder_, errno);
  mapping->address = address;
  mapping->size = size;
  result.bytes_ = {static_cast<const std::byte*>(address), size};
  result.owner_ = std::move(mapping);
  return result;
}

void ScratchFile::Map::release_before(std::size_t end) const noexcept { release_pages_before(bytes_, end); }

}  // namespace attune
