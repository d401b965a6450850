#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace attune {

// The JSON header of a safetensors file. It is read by a parser for exactly this grammar, which needs no tree, recurses
// nowhere and allocates no string longer than it is in the file; what else JSON could say is refused.

inline constexpr std::size_t kRankMax = 8;

// One tensor as the header tells it. Only the form is checked: numbers are whole and fit 64 bits.
struct HeaderEntry {
  std::string dtype;
  std::array<std::uint64_t, kRankMax> shape{};
  std::size_t rank = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct Header {
  std::map<std::string, std::string> metadata;
  std::map<std::string, HeaderEntry> tensors;
};

// `where` opens the messages. Throws Error(kCorrupt) with the position of what is wrong: a name twice, a field that is
// missing or unknown, a number that is negative, fractional or too large, text that is not UTF-8, more than kRankMax
// dimensions.
Header parse_header(std::string_view json, std::string_view where);

// A JSON object of texts, as the metadata key "attune.checksums" holds it; parsed as strictly.
std::map<std::string, std::string> parse_texts(std::string_view json, std::string_view where);

// Appends `text` as a JSON string.
void append_json_string(std::string& json, std::string_view text);
// Appends {"key":"value",…}.
std::string texts_to_json(const std::map<std::string, std::string>& texts);

// "attune.header" is the first entry of a header that attune wrote, so that its digits have a fixed place: the header
// begins with kHeaderStart, and the kChecksumDigits digits follow.
inline constexpr std::string_view kHeaderKey = "attune.header";
inline constexpr std::string_view kChecksumsKey = "attune.checksums";
inline constexpr std::string_view kHeaderStart = R"({"__metadata__":{"attune.header":")";
inline constexpr std::size_t kChecksumDigits = 32;

// Whether the header begins with kHeaderStart and is long enough for the digits.
bool has_header_checksum(std::string_view json) noexcept;

// The eight bytes that precede the header: its length, little-endian.
std::array<std::byte, 8> header_length_bytes(std::string_view json) noexcept;

// XXH128 over the header_length_bytes(json) and the header, its own digits counted as '0'. Requires
// has_header_checksum(json).
std::string header_checksum(std::string_view json);

}  // namespace attune
