#include "storage/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "storage/partial.h"
#include "storage/system_error.h"

namespace attune {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

std::atomic<std::size_t> writes_until_failure{0};

// A link is followed, so that the file behind it is replaced and not the link; a device or a folder cannot be replaced.
std::filesystem::path replaceable(std::filesystem::path path) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path, ignored)) {
    std::filesystem::path real = std::filesystem::weakly_canonical(path, ignored);
    if (!real.empty()) path = std::move(real);
  }
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(ErrorKind::kSystem, path.string(),
                ": is a folder, a pipe or a device; expected a file or nothing there. Choose another name.");
  }
  if (!path.has_filename()) {
    throw Error(ErrorKind::kSystem, '"', path.string(), "\": has no file name. Name the file to write.");
  }
  return path;
}

}  // namespace

struct AtomicFile::State {
  std::filesystem::path path;
  std::filesystem::path partial;
  int descriptor = -1;
  bool committed = false;
  std::size_t size = 0;
  std::mutex flushing;  // of write_at's threads
  std::vector<std::byte> buffer;

  explicit State(std::filesystem::path target) : path(std::move(target)) {
    buffer.reserve(kBufferSize);
    do {
      partial = next_partial_path(path);
      descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor < 0 && errno == EEXIST);
    if (descriptor < 0) throw_system_error("cannot create a file in this folder", folder_of(path), errno);
  }

  ~State() {
    if (descriptor >= 0) ::close(descriptor);
    if (!committed) ::unlink(partial.c_str());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void put(std::size_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) throw_system_error("cannot write", path, put < 0 ? errno : ENOSPC);
      offset += static_cast<std::size_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
  }

  void flush() {
    if (buffer.empty()) return;
    put(size - buffer.size(), buffer);
    buffer.clear();
  }

  void check_writable() const {
    ATTUNE_CHECK(!committed);
    if (write_shall_fail()) throw_system_error("cannot write", path, ENOSPC);
  }
};

AtomicFile::AtomicFile(std::filesystem::path path) : state_(std::make_unique<State>(replaceable(std::move(path)))) {}
AtomicFile::~AtomicFile() = default;
AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;
AtomicFile& AtomicFile::operator=(AtomicFile&&) noexcept = default;

void AtomicFile::write(std::span<const std::byte> bytes) {
  State& s = *state_;
  s.check_writable();
  if (s.buffer.size() + bytes.size() > kBufferSize) s.flush();
  if (bytes.size() > kBufferSize) {
    s.put(s.size, bytes);
  } else {
    s.buffer.insert(s.buffer.end(), bytes.begin(), bytes.end());
  }
  s.size += bytes.size();
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::skip(std::size_t bytes) {
  State& s = *state_;
  s.check_writable();
  s.flush();
  if (bytes == 0) return;
  // Room is taken at once where the file system can, so that a disk that is too small says so before the work is done.
  const auto offset = static_cast<off_t>(s.size), length = static_cast<off_t>(bytes);
  int failure = ::fallocate(s.descriptor, 0, offset, length) == 0 ? 0 : errno;
  if (failure == EOPNOTSUPP || failure == ENOSYS) failure = ::ftruncate(s.descriptor, offset + length) == 0 ? 0 : errno;
  if (failure != 0) throw_system_error("cannot write", s.path, failure);
  s.size += bytes;
}

void AtomicFile::write_at(std::size_t offset, std::span<const std::byte> bytes) {
  State& s = *state_;
  s.check_writable();
  ATTUNE_CHECK(offset <= s.size && bytes.size() <= s.size - offset);
  {
    const std::lock_guard lock(s.flushing);  // the first of several threads writes what is left in the buffer
    s.flush();
  }
  s.put(offset, bytes);
}

void AtomicFile::flush() { state_->flush(); }

std::size_t AtomicFile::size() const noexcept { return state_->size; }

void AtomicFile::commit() {
  State& s = *state_;
  ATTUNE_CHECK(!s.committed);
  s.flush();
  // Some file systems report a full disk only here.
  if (::close(std::exchange(s.descriptor, -1)) != 0) throw_system_error("cannot write", s.path, errno);
  // By name, since a library may have put another file in the place of the one that was opened.
  flush_to_disk(s.partial);
  if (::rename(s.partial.c_str(), s.path.c_str()) != 0)
    throw_system_error("cannot put the file in place", s.path, errno);
  s.committed = true;
  flush_to_disk(folder_of(s.path));
}

const std::filesystem::path& AtomicFile::partial_path() const noexcept { return state_->partial; }

void fail_write_for_test(std::size_t nth) { writes_until_failure = nth; }

bool write_shall_fail() {
  std::size_t left = writes_until_failure.load();
  while (left > 0 && !writes_until_failure.compare_exchange_weak(left, left - 1)) {
  }
  return left == 1;
}

}  // namespace attune
