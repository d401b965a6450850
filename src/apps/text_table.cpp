#include "apps/text_table.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace attune {
namespace {

// The code point at `at`, which moves past it; U+FFFD for bytes that are not UTF-8 and for control characters.
UChar32 next_code_point(std::string_view text, std::int32_t& at) {
  UChar32 point = 0;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text.data()), at, static_cast<std::int32_t>(text.size()),
                  point);
  // Marks that reorder text (bidirectional overrides) are as harmful as control codes.
  const bool reorders = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  return u_charType(point) == U_CONTROL_CHAR || reorders ? 0xFFFD : point;
}

std::size_t width_of(UChar32 point) {
  const std::int8_t type = u_charType(point);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int east_asian = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
  return east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
}

void append(std::string& out, UChar32 point) {
  char bytes[4];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, point);
  out.append(bytes, static_cast<std::size_t>(length));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

std::string padded(std::string_view cell, std::size_t width, TextTable::Align align) {
  const std::string fill(width - std::min(width, display_width(cell)), ' ');
  return align == TextTable::Align::kRight ? fill + std::string(cell) : std::string(cell) + fill;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(utf8.size());) width += width_of(next_code_point(utf8, at));
  return width;
}

std::string fitted(std::string_view utf8, std::size_t columns) {
  const bool cut = display_width(utf8) > columns;
  const std::size_t room = cut ? columns - std::min<std::size_t>(columns, 1) : columns;
  std::string out;
  std::size_t width = 0;
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(utf8.size());) {
    const UChar32 point = next_code_point(utf8, at);
    width += width_of(point);
    if (width > room) break;
    append(out, point);
  }
  return cut && columns > 0 ? out + "…" : out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  for (const std::string_view paragraph : split(text, '\n')) {
    lines.emplace_back();
    for (const std::string_view word : split(paragraph, ' ')) {
      const std::size_t needed = display_width(lines.back()) + 1 + display_width(word);
      if (lines.back().empty()) {
        lines.back() = word;
      } else if (needed <= columns) {
        lines.back().append(" ").append(word);
      } else {
        lines.emplace_back(word);
      }
    }
  }
  return lines;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = std::ssize(text) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string short_number(double number, int digits) {
  if (std::isnan(number)) return "-";
  char text[48];
  std::snprintf(text, sizeof text, "%.*g", digits, number);
  return text;
}

std::string decimal_number(double number, int decimals) {
  if (std::isnan(number)) return "-";
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", decimals, number);
  return text;
}

int decimals_for(double largest) {
  const double size = std::abs(largest);
  if (!std::isfinite(size) || size == 0) return 3;
  return std::clamp(3 - static_cast<int>(std::floor(std::log10(size))), 0, 6);
}

std::string seconds_text(double seconds) {
  return seconds < 0.01 ? "under 0.01 s" : decimal_number(seconds, seconds < 10 ? 2 : seconds < 100 ? 1 : 0) + " s";
}

void TextTable::column(std::string title, Align align) { columns_.push_back({std::move(title), align}); }

void TextTable::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(std::size_t indent) const {
  std::vector<std::vector<std::string>> all;
  const bool titled = std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); });
  if (titled) {
    all.emplace_back();
    for (const Column& column : columns_) all.back().push_back(column.title);
  }
  all.insert(all.end(), rows_.begin(), rows_.end());

  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : all) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      for (const std::string_view line : split(row[c], '\n')) widths[c] = std::max(widths[c], display_width(line));
    }
  }
  std::string out;
  for (const auto& row : all) {
    std::size_t lines = 1;
    for (const std::string& cell : row) lines = std::max(lines, split(cell, '\n').size());
    for (std::size_t l = 0; l < lines; ++l) {
      std::string line(indent, ' ');
      for (std::size_t c = 0; c < row.size(); ++c) {
        const std::vector<std::string_view> parts = split(row[c], '\n');
        line += (c == 0 ? "" : "  ") + padded(l < parts.size() ? parts[l] : "", widths[c], columns_[c].align);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + '\n';
    }
  }
  return out;
}

}  // namespace attune
