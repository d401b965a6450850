#include "storage/safetensors_header.h"

#include <charconv>
#include <span>
#include <utility>

#include "base/error.h"
#include "storage/hash.h"
#include "storage/utf8.h"

namespace attune {
namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// A place in JSON text that moves on as it reads.
class Cursor {
 public:
  Cursor(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  // Reads `token` if it is what comes next, after any white space.
  bool accept(char token) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != token) return false;
    ++at_;
    return true;
  }

  void expect(char token) {
    if (!accept(token)) refuse(std::string("expected '") + token + "'");
  }

  void expect_end() {
    skip_space();
    if (at_ != text_.size()) refuse("expected the end");
  }

  std::string text() {
    expect('"');
    const std::string_view raw = raw_text();
    std::string decoded;
    decoded.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size();) {
      raw[i] == '\\' ? decode_escape(raw, i, decoded) : static_cast<void>(decoded += raw[i++]);
    }
    return decoded;
  }

  std::uint64_t count() {
    skip_space();
    const char* first = text_.data() + at_;
    const char* last = text_.data() + text_.size();
    std::uint64_t value = 0;
    const auto [stop, failure] = std::from_chars(first, last, value);
    if (failure == std::errc::result_out_of_range) refuse("expected a number below 2^64");
    const bool leading_zero = stop - first > 1 && *first == '0';
    const bool fraction = stop != last && (*stop == '.' || *stop == 'e' || *stop == 'E');
    if (failure != std::errc() || leading_zero || fraction) refuse("expected a whole number, zero or more");
    at_ += static_cast<std::size_t>(stop - first);
    return value;
  }

  [[noreturn]] void refuse(std::string_view reason) const {
    throw Error(ErrorKind::kCorrupt, where_, ": damaged at byte ", at_, " of ", text_.size(), ": ", reason,
                ". Restore the file from a copy, or make it again.");
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  // The text up to the closing quote, escapes as they stand.
  std::string_view raw_text() {
    const std::size_t first = at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) refuse("a control character in a text");
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    }
    if (at_ == text_.size()) refuse("a text without an end");
    const std::string_view raw = text_.substr(first, at_ - first);
    if (!valid_utf8(raw)) refuse("a text that is not UTF-8");
    ++at_;
    return raw;
  }

  void decode_escape(std::string_view raw, std::size_t& i, std::string& decoded) const {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    const char name = raw[i + 1];
    i += 2;
    if (name == 'u') {
      append_utf8(decoded, decode_code(raw, i));
      return;
    }
    const std::size_t found = kNames.find(name);
    if (found == std::string_view::npos) refuse("an unknown escape in a text");
    decoded += kValues[found];
  }

  // The character of \uXXXX, or of two of them that form a surrogate pair.
  std::uint32_t decode_code(std::string_view raw, std::size_t& i) const {
    const std::uint32_t high = four_digits(raw, i);
    if (high < 0xD800 || high > 0xDFFF) return high;
    if (high > 0xDBFF || raw.substr(i, 2) != "\\u") refuse("half a surrogate pair in a text");
    i += 2;
    const std::uint32_t low = four_digits(raw, i);
    if (low < 0xDC00 || low > 0xDFFF) refuse("half a surrogate pair in a text");
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }

  std::uint32_t four_digits(std::string_view raw, std::size_t& i) const {
    const std::string_view digits = raw.substr(i, 4);
    std::uint32_t code = 0;
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (failure != std::errc() || digits.size() != 4 || stop != digits.data() + 4)
      refuse("expected four hexadecimal digits");
    i += 4;
    return code;
  }

  std::string_view text_;
  std::string_view where_;
  std::size_t at_ = 0;
};

// Reads {"name": …, …}; `read_value(name)` reads what follows each colon.
template <class ReadValue>
void read_object(Cursor& cursor, ReadValue&& read_value) {
  cursor.expect('{');
  if (cursor.accept('}')) return;
  do {
    std::string name = cursor.text();
    cursor.expect(':');
    read_value(std::move(name));
  } while (cursor.accept(','));
  cursor.expect('}');
}

std::map<std::string, std::string> read_texts(Cursor& cursor) {
  std::map<std::string, std::string> texts;
  read_object(cursor, [&](std::string name) {
    const auto [place, is_new] = texts.try_emplace(std::move(name));
    if (!is_new) cursor.refuse("the key '" + excerpt(place->first) + "' twice");
    place->second = cursor.text();
  });
  return texts;
}

void read_shape(Cursor& cursor, HeaderEntry& entry) {
  cursor.expect('[');
  if (cursor.accept(']')) return;
  do {
    if (entry.rank == kRankMax) cursor.refuse("a tensor of more than " + std::to_string(kRankMax) + " dimensions");
    entry.shape[entry.rank++] = cursor.count();
  } while (cursor.accept(','));
  cursor.expect(']');
}

void read_offsets(Cursor& cursor, HeaderEntry& entry) {
  cursor.expect('[');
  entry.begin = cursor.count();
  cursor.expect(',');
  entry.end = cursor.count();
  cursor.expect(']');
}

HeaderEntry read_tensor(Cursor& cursor) {
  HeaderEntry entry;
  bool dtype = false, shape = false, offsets = false;
  const auto first_time = [&](bool& met) {
    if (std::exchange(met, true)) cursor.refuse("a tensor's field twice");
  };
  read_object(cursor, [&](const std::string& field) {
    if (field == "dtype") {
      first_time(dtype);
      entry.dtype = cursor.text();
    } else if (field == "shape") {
      first_time(shape);
      read_shape(cursor, entry);
    } else if (field == "data_offsets") {
      first_time(offsets);
      read_offsets(cursor, entry);
    } else {
      cursor.refuse("a tensor's field that is none of dtype, shape and data_offsets");
    }
  });
  if (!dtype || !shape || !offsets) cursor.refuse("a tensor without dtype, shape or data_offsets");
  return entry;
}

}  // namespace

Header parse_header(std::string_view json, std::string_view where) {
  Header header;
  Cursor cursor(json, where);
  bool metadata = false;
  read_object(cursor, [&](std::string name) {
    if (name == "__metadata__") {
      if (std::exchange(metadata, true)) cursor.refuse("the key '__metadata__' twice");
      header.metadata = read_texts(cursor);
      return;
    }
    const auto [place, is_new] = header.tensors.try_emplace(std::move(name));
    if (!is_new) cursor.refuse("the tensor '" + excerpt(place->first) + "' twice");
    place->second = read_tensor(cursor);
  });
  cursor.expect_end();
  return header;
}

std::map<std::string, std::string> parse_texts(std::string_view json, std::string_view where) {
  Cursor cursor(json, where);
  std::map<std::string, std::string> texts = read_texts(cursor);
  cursor.expect_end();
  return texts;
}

void append_json_string(std::string& json, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      json += {'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 15]};
      continue;
    }
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  json += '"';
}

std::string texts_to_json(const std::map<std::string, std::string>& texts) {
  std::string json = "{";
  for (const auto& [key, value] : texts) {
    if (json.size() > 1) json += ',';
    append_json_string(json, key);
    json += ':';
    append_json_string(json, value);
  }
  json += '}';
  return json;
}

bool has_header_checksum(std::string_view json) noexcept {
  return json.starts_with(kHeaderStart) && json.size() >= kHeaderStart.size() + kChecksumDigits;
}

std::array<std::byte, 8> header_length_bytes(std::string_view json) noexcept {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(json.size() >> (8 * i));
  return bytes;
}

std::string header_checksum(std::string_view json) {
  const std::string zeros(kChecksumDigits, '0');
  Hasher hasher;
  const auto update = [&](std::string_view part) { hasher.update(std::as_bytes(std::span(part))); };
  hasher.update(header_length_bytes(json));
  update(json.substr(0, kHeaderStart.size()));
  update(zeros);
  update(json.substr(kHeaderStart.size() + kChecksumDigits));
  return hasher.hex();
}

}  // namespace attune
