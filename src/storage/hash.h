#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace attune {

// XXH128, the 128-bit hash of xxHash 0.8, which `xxh128sum` prints: for finding damage and telling inputs apart, not
// against forgery. Written as 32 lower-case hexadecimal digits.
std::string hash_hex(std::span<const std::byte> bytes);

// The same of a file's bytes, read in pieces so that little memory is held. Throws Error(kSystem) when it cannot be
// read.
std::string hash_file(const std::filesystem::path& path);

// The same over bytes that come in pieces. Not thread-safe.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // of all bytes so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
