#include "data/charset.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/error.h"

namespace attune {
namespace {

struct Spelling {
  std::string_view plain;    // as the user may write it, without '-' and '_'
  std::string_view charset;  // as ICU calls it
};

constexpr Spelling kSpellings[] = {
    {"utf8", ""},
    {"ascii", ""},
    {"utf16", "UTF-16"},
    {"utf16le", "UTF-16LE"},
    {"utf16be", "UTF-16BE"},
    {"latin1", "ISO-8859-1"},
    {"iso88591", "ISO-8859-1"},
    {"windows1252", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"gb18030", "GB18030"},
    {"gbk", "GB18030"},
    {"gb2312", "GB18030"},
};

constexpr char kKnown[] = "utf-8, utf-16, utf-16le, utf-16be, latin1, windows-1252 or gb18030";

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter open_converter(const std::string& charset) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(charset.c_str(), &status), ucnv_close);
  if (U_FAILURE(status)) {
    throw Error(ErrorKind::kSystem, "ICU has no converter for ", charset, " (", u_errorName(status),
                "). Install its data, or convert the file first.");
  }
  return converter;
}

std::string hexadecimal(const UConverter& converter) {
  char bytes[32];
  std::int8_t size = sizeof bytes;
  UErrorCode status = U_ZERO_ERROR;
  ucnv_getInvalidChars(&converter, bytes, &size, &status);
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (int i = 0; U_SUCCESS(status) && i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += std::string(text.empty() ? "" : " ") + "0x" + kDigits[byte >> 4] + kDigits[byte & 15];
  }
  return text.empty() ? "a character cut short" : text;
}

}  // namespace

std::string find_charset(const std::string& name, const std::string& flag) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const Spelling& spelling : kSpellings) {
    if (spelling.plain == plain) return std::string(spelling.charset);
  }
  throw Error(ErrorKind::kUsage, flag, " ", name, ": unknown encoding; expected ", kKnown,
              ". Convert other files first, for example with iconv.");
}

bool is_ascii_superset(const std::string& charset) noexcept { return !charset.starts_with("UTF-16"); }

BadCharacter decode(std::string_view bytes, const std::string& charset, SpoolFile& out) {
  const Converter from = open_converter(charset), to = open_converter("UTF-8");
  UErrorCode status = U_ZERO_ERROR;
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  std::vector<char> utf8(std::size_t{1} << 16);
  std::vector<UChar> pivot(std::size_t{1} << 14);
  UChar *pivot_from = pivot.data(), *pivot_to = pivot.data();
  const char* source = bytes.data();
  BadCharacter bad{.found = false, .line = 1, .bytes = {}};
  for (bool reset = true;; reset = false) {
    char* target = utf8.data();
    status = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), from.get(), &target, utf8.data() + utf8.size(), &source, bytes.data() + bytes.size(),
                   pivot.data(), &pivot_from, &pivot_to, pivot.data() + pivot.size(), reset, true, &status);
    const std::string_view piece(utf8.data(), static_cast<std::size_t>(target - utf8.data()));
    bad.line += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    out.write(piece);
    if (status == U_BUFFER_OVERFLOW_ERROR) continue;
    if (U_SUCCESS(status)) return bad;
    // What is decoded already, but not written.
    bad.line += static_cast<std::uint64_t>(std::count(pivot_from, pivot_to, u'\n'));
    bad.found = true;
    bad.bytes = hexadecimal(*from);
    return bad;
  }
}

}  // namespace attune
