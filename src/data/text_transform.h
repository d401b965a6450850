#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "data/text_file.h"

namespace attune {

// The byte that stands for a delimiter of several bytes on the way to a reader that takes one byte only (the ASCII unit
// separator). Texts that hold it already cannot be read with such a delimiter.
inline constexpr char kDelimiterByte = '\x1F';

// Turns a file's bytes, which come in pieces cut anywhere, into what a reader of one-byte delimiters takes: UTF-8, with
// kDelimiterByte for the delimiter. Delimiters are found from left to right.
class TextTransform {
 public:
  // A delimiter of one byte is left as it is.
  TextTransform(Encoding encoding, std::string delimiter);

  // Appends to `out`; `last` also lets go of what was held back as the possible start of a delimiter.
  void transform(std::string_view bytes, bool last, std::string& out);

 private:
  void replace_delimiters(std::string_view text, bool last, std::string& out);

  Encoding encoding_;
  std::string delimiter_;
  std::string held_;  // a true prefix of the delimiter with which the text so far ends
  std::string decoded_;
};

}  // namespace attune
