#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// How the fields of a delimited text lie.
struct Dialect {
  std::string delimiter;
  bool quotes = false;  // a field may stand in "double quotes", with "" for a quote in it, and may then hold line ends
  std::string comment = {};  // a record that begins with it is none; "": no comments
};

// One record of a delimited text: a line, or several when a quoted field holds line ends.
struct Record {
  enum class Fault {
    kNone,
    kOpenQuote,       // a quote is opened and never closed
    kTextAfterQuote,  // something other than a delimiter follows a closing quote
  };
  std::uint64_t line = 0;  // where it starts, from 1
  std::string_view text;   // without the line end
  Fault fault = Fault::kNone;
  std::uint64_t fault_line = 0;
};

// Walks the records of UTF-8 text in the way that Arrow's CSV reader does: lines end with LF, CR or CRLF, and empty
// lines and comments do not count. Slower than it, for first lines and for finding out where and why a file is bad.
// Keeps views of text and dialect.
class RecordScanner {
 public:
  RecordScanner(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {}

  // False at the end. After an open quote the record is the line with the quote, and the next line is the next record.
  bool next(Record& record);

 private:
  std::size_t line_end(std::size_t from);
  std::size_t quoted_record_end(Record& record);
  void step_over_line_end();
  void step_over_nothing();  // empty lines and comments

  std::string_view text_;
  const Dialect& dialect_;
  std::size_t position_ = 0;
  std::uint64_t line_ = 1;
  std::size_t line_feed_ = 0;  // the next one, where it is known
  bool line_feed_known_ = false;
};

// The fields of a record without a fault, unquoted.
std::vector<std::string> split_record(std::string_view record, const Dialect& dialect);

}  // namespace attune
