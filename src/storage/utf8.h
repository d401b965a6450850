#pragma once

#include <string>
#include <string_view>

namespace attune {

// Whether the bytes are well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF, no
// character cut short. Empty text is.
bool valid_utf8(std::string_view text) noexcept;

// The text as a message may quote it, whatever a file put there: its first 80 bytes, cut between characters, control
// characters as '?'.
std::string excerpt(std::string_view text);

}  // namespace attune
