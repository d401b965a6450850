#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// Text for a terminal. Widths are columns of the screen: Chinese letters take two, accents none. Control characters,
// with which a title could play tricks on a terminal, are shown as �.

std::size_t display_width(std::string_view utf8);

// The text without control characters, cut to `columns` with an … when it is wider.
std::string fitted(std::string_view utf8, std::size_t columns);

// Lines of at most `columns`, broken at spaces where there are some; at least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

// A number with so many significant digits, for people: "3.142"; "-" for NaN.
std::string short_number(double number, int digits = 4);

// The same with so many digits after the point: "3.1416".
std::string decimal_number(double number, int decimals);

// How many decimals give a column of numbers up to `largest` four significant digits at its top.
int decimals_for(double largest);

// "1.25 s", "under 0.01 s".
std::string seconds_text(double seconds);

// Columns that line up, two spaces apart. A cell may hold several lines.
class TextTable {
 public:
  enum class Align { kLeft, kRight };

  void column(std::string title, Align align = Align::kLeft);
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Every line starts with `indent` spaces; the row of titles is left out when all titles are empty.
  std::string text(std::size_t indent = 2) const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace attune
