#include "data/text_transform.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace attune {

TextTransform::TextTransform(std::string delimiter) : delimiter_(std::move(delimiter)) {}

void TextTransform::transform(std::string_view bytes, bool last, std::string& out) {
  if (delimiter_.size() < 2) {
    out.append(bytes);
    return;
  }
  if (held_.empty()) return replace_delimiters(bytes, last, out);
  std::string joined = std::exchange(held_, {});
  joined.append(bytes);
  replace_delimiters(joined, last, out);
}

void TextTransform::replace_delimiters(std::string_view text, bool last, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + text.size());
  char* to = out.data() + start;
  const char first = delimiter_[0];
  const std::string_view rest = std::string_view(delimiter_).substr(1);
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != first) {
      *to++ = text[at++];
    } else if (text.size() - at < delimiter_.size() && std::string_view(delimiter_).starts_with(text.substr(at)) &&
               !last) {
      break;
    } else if (text.substr(at + 1).starts_with(rest)) {
      *to++ = kDelimiterByte;
      at += delimiter_.size();
    } else {
      *to++ = text[at++];
    }
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  held_ = text.substr(at);
}

}  // namespace attune
