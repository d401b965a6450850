#include "data/text_file.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/thread_pool.h"
#include "data/charset.h"
#include "data/unpack.h"
#include "storage/hash.h"
#include "storage/spool_file.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view view(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool has_utf16_mark(std::string_view bytes) { return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"); }

}  // namespace

std::uint64_t line_of(std::string_view text, std::size_t offset) {
  std::uint64_t line = 1;
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    line += text[i] == '\n' || (text[i] == '\r' && !pair);
  }
  return line;
}

std::string describe_invalid_utf8(const Input& input, std::string_view text) {
  return "\"" + excerpt(text) + "\" is not valid UTF-8. Pass " + input.flag("encoding") +
         " latin1 or gb18030 if it is in one of these; convert it first if it is in another.";
}

void refuse_invalid_utf8(const Input& input, std::uint64_t line, std::string_view text) {
  throw Error(ErrorKind::kBadInput, input.place(line), ": ", describe_invalid_utf8(input, text));
}

RawFile::RawFile(Input input) : input_(std::move(input)) {
  packed_ = unpacked_ = map_or_spool(input_.path, input_.spool_folder);
  const auto packing = find_packing(view(packed_));
  if (!packing) return;
  unpacked_ = unpack(view(packed_), *packing, input_);
  described_ = *packing + ", ";
}

std::string_view RawFile::bytes() const noexcept { return view(unpacked_); }

Source RawFile::source() const {
  return {input_.role, input_.name(), packed_.bytes().size(), xxh128_.empty() ? hash_hex(packed_.bytes()) : xxh128_};
}

TextFile::TextFile(RawFile raw) : raw_(std::move(raw)), decoded_(raw_.file()), text_(raw_.bytes()) {
  decode_text();
  survey();
  find_longest_line();
  require_content();
}

void TextFile::decode_text() {
  std::string charset = find_charset(input().options.encoding, input().flag("encoding"));
  if (text_.starts_with(kByteOrderMark)) {
    text_.remove_prefix(kByteOrderMark.size());
    charset.clear();
  } else if (has_utf16_mark(text_)) {
    charset = "UTF-16";
  }
  if (charset.empty() || (is_ascii_superset(charset) && is_ascii(text_))) return;
  SpoolFile utf8(input().spool_folder);
  const BadCharacter bad = decode(text_, charset, utf8);
  if (bad.found) {
    throw Error(ErrorKind::kBadInput, input().place(bad.line), ": ", bad.bytes, " is no character of ", charset,
                ". Pass ", input().flag("encoding"), " with the right encoding, or correct the line.");
  }
  decoded_ = std::move(utf8).map();
  text_ = view(decoded_);
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

TextFile TextFile::without_comments(Dialect dialect) const {
  if (input().options.comment.empty()) return *this;
  dialect.comment = input().options.comment;
  SpoolFile kept(input().spool_folder);
  const auto keep_line_ends = [&](std::string_view passed_over) {
    for (const char c : passed_over) {
      if (c == '\n' || c == '\r') kept.write({&c, 1});
    }
  };
  RecordScanner scanner(text_, dialect);
  Record record;
  std::size_t done = 0;
  while (scanner.next(record)) {
    const auto start = static_cast<std::size_t>(record.text.data() - text_.data());
    keep_line_ends(text_.substr(done, start - done));
    kept.write(record.text);
    done = start + record.text.size();
  }
  keep_line_ends(text_.substr(done));
  TextFile copy = *this;
  copy.decoded_ = std::move(kept).map();
  copy.text_ = view(copy.decoded_);
  copy.require_content();
  return copy;
}

void TextFile::require_content() const {
  if (text_.find_first_not_of("\r\n") != std::string_view::npos) return;
  throw Error(ErrorKind::kBadInput, input().place(),
              ": is empty; expected a line for each event or row. Check that this is the file you meant.");
}

// Looks only where no line end is near, so that it costs nothing where lines are short.
void TextFile::find_longest_line() {
  constexpr std::size_t kJump = std::size_t{1} << 18;
  for (std::size_t at = 0; text_.size() - at > kJump;) {
    const std::size_t near = text_.substr(at, kJump).find_last_of("\r\n");
    if (near != std::string_view::npos) {
      at += near + 1;
      continue;
    }
    const std::size_t line_feed = std::min(text_.find('\n', at + kJump), text_.size());
    const std::size_t end = std::min(text_.substr(0, line_feed).find('\r', at + kJump), line_feed);
    longest_line_ = std::max(longest_line_, end - at);
    at = end;
  }
}

// All that must be known of every byte: what it holds on one thread, its hash on another, some pieces at a time, so
// that both read what is near.
void TextFile::survey() {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20, kTurnBytes = 16 * kPieceBytes;
  const std::string_view raw = raw_.bytes();
  const bool is_raw = !raw_.packed() && text_.data() + text_.size() == raw.data() + raw.size();
  ThreadPool pool(is_raw && text_.size() > kPieceBytes ? 2 : 1);
  Hasher hasher;
  if (is_raw) hasher.update(std::as_bytes(std::span(raw.substr(0, raw.size() - text_.size()))));
  std::size_t nul = std::string_view::npos;
  const auto look = [&](std::size_t begin, std::size_t end) {
    for (std::size_t at = begin; at < end && nul == std::string_view::npos; at += kPieceBytes) {
      const std::string_view piece = text_.substr(at, std::min(kPieceBytes, end - at));
      if (const std::size_t found = piece.find('\0'); found != std::string_view::npos) nul = at + found;
      holds_quote_ = holds_quote_ || piece.find('"') != std::string_view::npos;
    }
  };
  for (std::size_t at = 0; at < text_.size(); at += kTurnBytes) {
    const std::string_view turn = text_.substr(at, kTurnBytes);
    pool.for_each(is_raw ? 2 : 1, [&](std::size_t task) {
      if (task == 0) look(at, at + turn.size());
      if (task == 1) hasher.update(std::as_bytes(std::span(turn)));
    });
    if (nul != std::string_view::npos) refuse_nul(nul);
    release_before(at);
  }
  if (is_raw) raw_.keep_hash(hasher.hex());
}

void TextFile::refuse_nul(std::size_t offset) const {
  throw Error(ErrorKind::kBadInput, input().place(line_of(text_, offset)), ": holds a NUL byte; expected text. Check ",
              "that this is the file you meant; if it is UTF-16 without a byte order mark, pass ",
              input().flag("encoding"), " utf-16le.");
}

}  // namespace attune
