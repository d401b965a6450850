#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace attune {

// A hash for tables in memory, never for files: identifiers are short, so it takes eight bytes a step by multiply and
// fold.
inline std::uint64_t id_hash(std::string_view text) noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;
  const auto fold = [](std::uint64_t x) { return (x ^ (x >> 32)) * kOdd; };
  std::uint64_t hash = fold(text.size() + kOdd);
  const char* p = text.data();
  std::size_t left = text.size();
  for (; left >= 8; p += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    hash = fold(hash ^ word);
  }
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < left; ++i) tail |= std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
  hash = fold(hash ^ tail);
  return hash ^ (hash >> 29);
}

}  // namespace attune
