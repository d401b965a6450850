#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "data/dataset.h"
#include "data/input.h"
#include "storage/mapped_file.h"
#include "storage/page_release.h"

namespace attune {

enum class Encoding { kUtf8, kLatin1 };

// "utf-8" or "latin1", in the spellings people use. Throws Error(kUsage) naming the flag.
Encoding parse_encoding(const std::string& name, const std::string& flag);

// Turns Latin-1 into UTF-8, one or two bytes for each.
void append_latin1(std::string_view latin1, std::string& utf8);

// A text file that is to be imported, mapped, with what the user said about it.
class TextFile {
 public:
  // Throws Error(kBadInput) when there is no such file, when it is a folder, empty, or holds a NUL byte, which no text
  // does.
  explicit TextFile(Input input);

  const Input& input() const noexcept { return input_; }
  Encoding encoding() const noexcept { return encoding_; }
  std::string_view bytes() const noexcept { return bytes_; }  // as in the file, without a byte order mark

  // The bytes in UTF-8; in `storage` when they had to be turned. The second form takes the first `bytes_max` only.
  std::string_view text(std::string& storage) const { return text(storage, bytes_.size()); }
  std::string_view text(std::string& storage, std::size_t bytes_max) const;

  bool holds_quote() const noexcept { return holds_quote_; }

  // Lets go of the memory of what lies well before byte `end`, which can still be read.
  void release_before(std::size_t end) const noexcept { release_pages_before(file_.bytes(), end); }

  Source source() const { return {input_.role, input_.name(), file_.bytes().size(), xxh128_}; }

 private:
  void survey();
  [[noreturn]] void refuse_nul(std::size_t offset) const;

  Input input_;
  MappedFile file_;
  std::string_view bytes_;
  Encoding encoding_ = Encoding::kUtf8;
  bool holds_quote_ = false;
  std::string xxh128_;
};

// The number of the line, from 1, that byte `offset` lies in.
std::uint64_t line_of(std::string_view text, std::size_t offset);

}  // namespace attune
