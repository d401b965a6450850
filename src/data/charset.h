#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/spool_file.h"

namespace attune {

// Character sets that a text may be written in, under the names that --encoding takes.

// The name in the form that decode() takes; "" for UTF-8, which is left as it is. Case, '-' and '_' do not matter.
// Throws Error(kUsage) naming `flag` and the encodings that there are.
std::string find_charset(const std::string& name, const std::string& flag);

// Whether bytes below 0x80 alone mean the same in it as in UTF-8.
bool is_ascii_superset(const std::string& charset) noexcept;

// A byte sequence that is no character of the charset.
struct BadCharacter {
  bool found = false;
  std::uint64_t line = 0;
  std::string bytes;  // in hexadecimal: "0xFF 0xFE"
};

// Writes the text as UTF-8 into `out` by ICU, up to the first bad character. "UTF-16" reads a byte order mark.
BadCharacter decode(std::string_view bytes, const std::string& charset, SpoolFile& out);

}  // namespace attune
