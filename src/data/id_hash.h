#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace attune {

// An identifier of up to 15 bytes together with its length: two are equal if and only if these are. Of longer ones
// only that they are long.
struct ShortId {
  static constexpr std::uint64_t kLong = 0xff;
  std::uint64_t low = 0, high = 0;

  ShortId() = default;
  explicit ShortId(std::string_view id) noexcept {
    const std::size_t size = id.size();
    if (size > 15) {
      high = kLong << 56;
      return;
    }
    if (size >= 8) {
      std::memcpy(&low, id.data(), 8);
      std::uint64_t last;  // of the last eight bytes, what comes after the first eight
      std::memcpy(&last, id.data() + size - 8, 8);
      high = size == 8 ? 0 : last >> (8 * (16 - size));
    } else {
      for (std::size_t i = 0; i < size; ++i) low |= std::uint64_t{static_cast<unsigned char>(id[i])} << (8 * i);
    }
    high |= std::uint64_t{size} << 56;
  }

  bool is_long() const noexcept { return high >> 56 == kLong; }
  bool operator==(const ShortId&) const = default;
};

// A hash for tables in memory, never for files: identifiers are short, so it takes eight bytes a step by multiply and
// fold. `key` is ShortId(text).
inline std::uint64_t id_hash(const ShortId& key, std::string_view text) noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;
  const auto fold = [](std::uint64_t x) { return (x ^ (x >> 32)) * kOdd; };
  std::uint64_t hash = fold(fold(key.low + kOdd) ^ key.high);
  if (key.is_long()) {
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p < end; p += 8) {
      std::uint64_t word;
      std::memcpy(&word, end - p >= 8 ? p : end - 8, 8);
      hash = fold(hash ^ word);
    }
    hash = fold(hash ^ text.size());
  }
  return hash ^ (hash >> 29);
}

inline std::uint64_t id_hash(std::string_view text) noexcept { return id_hash(ShortId(text), text); }

}  // namespace attune
