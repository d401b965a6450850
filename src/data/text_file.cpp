#include "data/text_file.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <utility>

#include "base/error.h"
#include "storage/hash.h"

namespace attune {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// With a file that is no text, by what it starts with.
std::string_view what_to_do(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return "It looks like UTF-16: convert it first, for example with `iconv -f UTF-16 -t UTF-8`.";
  if (bytes.starts_with("\x1F\x8B")) return "It looks like gzip: unpack it first, with `gunzip`.";
  if (bytes.starts_with("PK\x03\x04"))
    return "It looks like a zip archive or a spreadsheet: unpack it, or save the sheet as CSV, first.";
  return "Check that this is the file you meant; --on-bad-row skip does not help here.";
}

}  // namespace

Encoding parse_encoding(const std::string& name, const std::string& flag) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (plain == "utf8") return Encoding::kUtf8;
  if (plain == "latin1" || plain == "iso88591") return Encoding::kLatin1;
  throw Error(ErrorKind::kUsage, flag, " ", name,
              ": unknown encoding; expected utf-8 or latin1. Convert other files first, ", "for example with iconv.");
}

void append_latin1(std::string_view latin1, std::string& utf8) {
  for (const char c : latin1) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | (code >> 6));
      utf8 += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
}

std::uint64_t line_of(std::string_view text, std::size_t offset) {
  std::uint64_t line = 1;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    line += text[i] == '\n' || (text[i] == '\r' && !pair);
  }
  return line;
}

TextFile::TextFile(Input input) : input_(std::move(input)) {
  encoding_ = parse_encoding(input_.options.encoding, input_.flag("encoding"));
  file_ = MappedFile::open(input_.path);
  bytes_ = {reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()};
  survey();
  if (encoding_ == Encoding::kUtf8 && bytes_.starts_with(kByteOrderMark)) bytes_.remove_prefix(kByteOrderMark.size());
  if (bytes_.find_first_not_of("\r\n") == std::string_view::npos) {
    throw Error(ErrorKind::kBadInput, input_.place(),
                ": is empty; expected a line for each event or row. Check that this is the file ", "you meant.");
  }
}

// All that must be known of every byte, in one pass, piece by piece while each is near.
void TextFile::survey() {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  Hasher hasher;
  for (std::size_t at = 0; at < bytes_.size(); at += kPieceBytes) {
    const std::string_view piece = bytes_.substr(at, kPieceBytes);
    const std::size_t nul = piece.find('\0');
    if (nul != std::string_view::npos) refuse_nul(at + nul);
    holds_quote_ = holds_quote_ || piece.find('"') != std::string_view::npos;
    hasher.update(std::as_bytes(std::span(piece)));
    release_before(at);
  }
  xxh128_ = hasher.hex();
}

void TextFile::refuse_nul(std::size_t offset) const {
  throw Error(ErrorKind::kBadInput, input_.place(line_of(bytes_, offset)), ": holds a NUL byte; expected text. ",
              what_to_do(bytes_));
}

std::string_view TextFile::text(std::string& storage, std::size_t bytes_max) const {
  const std::string_view part = bytes_.substr(0, bytes_max);
  if (encoding_ == Encoding::kUtf8) return part;
  storage.clear();
  append_latin1(part, storage);
  return storage;
}

}  // namespace attune
