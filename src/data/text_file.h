#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "data/dataset.h"
#include "data/input.h"
#include "data/record_scanner.h"
#include "storage/mapped_file.h"
#include "storage/page_release.h"

namespace attune {

// The bytes of an input, mapped, whatever way they come: a file, a pipe or standard input, packed or not.
class RawFile {
 public:
  // Throws Error(kBadInput) when there is no such file, when it is a folder, or its packing is damaged or a bomb.
  explicit RawFile(Input input);

  const Input& input() const noexcept { return input_; }
  const MappedFile& file() const noexcept { return unpacked_; }
  std::string_view bytes() const noexcept;
  const std::string& described() const noexcept { return described_; }  // "gzip, " or ""
  bool packed() const noexcept { return !described_.empty(); }
  Source source() const;  // of the bytes as they came; reads them all for their hash unless that is known

  // For who has read all bytes anyway.
  void keep_hash(std::string xxh128) { xxh128_ = std::move(xxh128); }

 private:
  Input input_;
  MappedFile packed_, unpacked_;
  std::string described_;
  std::string xxh128_;
};

// Text that is to be imported, in UTF-8 and without NUL bytes. Copies share it.
class TextFile {
 public:
  // Decodes by byte order mark or --encoding. Throws Error(kBadInput) when there is nothing in it, and for a NUL byte
  // or a character that is not of the encoding, with its line. (UTF-8 itself is judged by whoever reads it.)
  explicit TextFile(RawFile raw);

  const Input& input() const noexcept { return raw_.input(); }
  std::string_view text() const noexcept { return text_; }
  Source source() const { return raw_.source(); }
  bool holds_quote() const noexcept { return holds_quote_; }
  std::size_t longest_line() const noexcept { return longest_line_; }  // in bytes; 0: all are shorter than 256 KiB

  // The text with the lines emptied that are comments (--comment), so that lines keep their numbers. A line inside a
  // field that is quoted in this dialect is none. The file itself when there are no comments to look for.
  TextFile without_comments(Dialect dialect) const;

  // Lets go of the memory of what lies well before byte `end` of the text, which can still be read.
  void release_before(std::size_t end) const noexcept { release_pages_before(decoded_.bytes(), end); }

 private:
  void decode_text();
  void survey();
  void find_longest_line();
  void require_content() const;
  [[noreturn]] void refuse_nul(std::size_t offset) const;

  RawFile raw_;
  MappedFile decoded_;  // what text_ views
  std::string_view text_;
  bool holds_quote_ = false;
  std::size_t longest_line_ = 0;
};

// What is said of text that is not valid UTF-8.
std::string describe_invalid_utf8(const Input& input, std::string_view text);

// Throws Error(kBadInput) for text that is not valid UTF-8.
[[noreturn]] void refuse_invalid_utf8(const Input& input, std::uint64_t line, std::string_view text);

// The number of the line, from 1, that byte `offset` lies in.
std::uint64_t line_of(std::string_view text, std::size_t offset);

}  // namespace attune
