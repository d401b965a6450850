#include "storage/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "storage/system_error.h"

namespace attune {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

struct Mapping {
  void* address = nullptr;
  std::size_t size = 0;
  ~Mapping() {
    if (address != nullptr) ::munmap(address, size);
  }
};

// Throws Error(kBadInput) unless it is a regular file; returns its size.
std::size_t regular_size(int file, const std::filesystem::path& path) {
  struct stat status;
  if (::fstat(file, &status) != 0) throw_system_error("cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::kBadInput, path.string(), ": is a folder; expected a file. Name the file inside it.");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::kBadInput, path.string(),
                ": is a pipe or a device, which cannot be mapped; expected a file. Save its content to a file first.");
  }
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

MappedFile MappedFile::open(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      throw Error(ErrorKind::kBadInput, path.string(), ": there is no such file. Check the path's spelling.");
    }
    throw_system_error("cannot open", path, errno);
  }
  return map(file.number(), path);
}

MappedFile MappedFile::map(int descriptor, const std::filesystem::path& path) {
  auto mapping = std::make_shared<Mapping>();
  mapping->size = regular_size(descriptor, path);
  MappedFile result;
  if (mapping->size > 0) {
    void* address = ::mmap(nullptr, mapping->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) throw_system_error("cannot map into memory", path, errno);
    mapping->address = address;
    result.bytes_ = {static_cast<const std::byte*>(address), mapping->size};
  }
  result.mapping_ = std::move(mapping);
  return result;
}

}  // namespace attune
