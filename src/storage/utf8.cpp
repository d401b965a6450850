#include "storage/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace attune {
namespace {

// The length of the well-formed character that starts at `at`, or 0. The second byte's range is what rules out overlong
// forms, surrogates and numbers too large (Unicode standard, table 3-7).
std::size_t character_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool eight_ascii(const char* text) noexcept {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && eight_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const std::size_t length = character_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kBytesMax = 80;
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character_length(text, at);
    if (result.size() + length > kBytesMax) return result + "…";
    const unsigned char lead = static_cast<unsigned char>(text[at]);
    const bool shown = length > 0 && lead >= 0x20 && lead != 0x7F;
    result += shown ? text.substr(at, length) : "?";
    at += length > 0 ? length : 1;
  }
  return result;
}

}  // namespace attune
