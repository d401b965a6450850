#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace attune {

// The byte that stands for a delimiter of several bytes on the way to a reader that takes one byte only (the ASCII unit
// separator). Texts that hold it already cannot be read with such a delimiter.
inline constexpr char kDelimiterByte = '\x1F';

// Turns text, which comes in pieces cut anywhere, into what a reader of one-byte delimiters takes, with kDelimiterByte
// for the delimiter. Delimiters are found from left to right.
class TextTransform {
 public:
  // A delimiter of one byte is left as it is.
  explicit TextTransform(std::string delimiter);

  // Appends to `out`; `last` also lets go of what was held back as the possible start of a delimiter.
  void transform(std::string_view bytes, bool last, std::string& out);

 private:
  void replace_delimiters(std::string_view text, bool last, std::string& out);

  std::string delimiter_;
  std::string held_;  // a true prefix of the delimiter with which the text so far ends
};

}  // namespace attune
