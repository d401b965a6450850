#include "storage/hash.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "storage/system_error.h"

namespace attune {
namespace {

std::string to_hex(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * sizeof canonical.digest);
  for (const unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::string hash_hex(std::span<const std::byte> bytes) { return to_hex(XXH3_128bits(bytes.data(), bytes.size())); }

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  ATTUNE_CHECK(state_->xxh != nullptr);
  XXH3_128bits_reset(state_->xxh);
}

Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  if (!bytes.empty()) XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

std::string Hasher::hex() const { return to_hex(XXH3_128bits_digest(state_->xxh)); }

std::string hash_file(const std::filesystem::path& path) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_system_error("cannot open", path, errno);
  Hasher hasher;
  std::vector<std::byte> piece(kPieceBytes);
  ssize_t got;
  do {
    got = ::read(descriptor, piece.data(), piece.size());
    if (got > 0) hasher.update(std::span(piece).first(static_cast<std::size_t>(got)));
  } while (got > 0 || (got < 0 && errno == EINTR));
  const int failure = got < 0 ? errno : 0;
  ::close(descriptor);
  if (failure != 0) throw_system_error("cannot read", path, failure);
  return hasher.hex();
}

}  // namespace attune
