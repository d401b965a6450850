#include "storage/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/check.h"
#include "storage/partial.h"
#include "storage/system_error.h"

namespace attune {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 20;

}  // namespace

struct SpoolFile::State {
  std::filesystem::path folder;
  int descriptor = -1;
  std::size_t size = 0;
  std::string buffer;

  explicit State(std::filesystem::path where) : folder(where.empty() ? "." : std::move(where)) {
    // A name for a moment only: not every file system can make files without one.
    std::filesystem::path name;
    do {
      name = next_partial_path(folder / "spool");
      descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (descriptor < 0 && errno == EEXIST);
    if (descriptor < 0) throw_system_error("cannot create a temporary file in this folder", folder, errno);
    ::unlink(name.c_str());
    buffer.reserve(kBufferSize);
  }
  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) throw_system_error("cannot write a temporary file in", folder, put < 0 ? errno : ENOSPC);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
};

SpoolFile::SpoolFile(const std::filesystem::path& folder) : state_(std::make_unique<State>(folder)) {}
SpoolFile::~SpoolFile() = default;
SpoolFile::SpoolFile(SpoolFile&&) noexcept = default;

std::size_t SpoolFile::size() const noexcept { return state_->size; }

void SpoolFile::write(std::string_view bytes) {
  State& state = *state_;
  state.size += bytes.size();
  if (state.buffer.size() + bytes.size() > kBufferSize) {
    state.put(state.buffer);
    state.buffer.clear();
  }
  if (bytes.size() > kBufferSize) return state.put(bytes);
  state.buffer += bytes;
}

MappedFile SpoolFile::map() && {
  state_->put(std::exchange(state_->buffer, {}));
  return MappedFile::map(state_->descriptor, state_->folder);
}

MappedFile map_or_spool(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code unknown;
  const bool standard_input = path == "-";
  const auto status = std::filesystem::status(path, unknown);
  const bool stream = std::filesystem::is_fifo(status) || std::filesystem::is_character_file(status) ||
                      std::filesystem::is_socket(status);
  if (!standard_input && !stream) return MappedFile::open(path);
  const int from = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) throw_system_error("cannot open", path, errno);
  const std::shared_ptr<void> closing(nullptr, [&](void*) {
    if (!standard_input) ::close(from);
  });
  SpoolFile spool(folder);
  std::vector<char> piece(kBufferSize);
  while (true) {
    const ssize_t got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_system_error("cannot read", standard_input ? "standard input" : path, errno);
    if (got == 0) return std::move(spool).map();
    spool.write({piece.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace attune
