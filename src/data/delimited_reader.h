#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/bad_rows.h"
#include "data/id_map.h"
#include "data/text_file.h"
#include "data/text_layout.h"

namespace attune {

// Streams chosen columns of a delimited text file as UTF-8 strings, block by block, through Arrow's CSV reader. Rows
// with another number of fields go to BadRows, in the order of the file among the rows that the caller finds bad. Not
// thread-safe; keeps references to what it is made with.
class DelimitedReader {
 public:
  // `columns` are indices into layout.names, distinct. Throws Error(kBadInput) when quotes do not pair up or the text
  // holds the byte that stands for a long delimiter.
  DelimitedReader(const TextFile& file, const TextLayout& layout, std::vector<std::size_t> columns, BadRows& bad_rows);
  ~DelimitedReader();

  // Calls on_row(fields, row, record) for each good row: fields[c][row] is the text of columns[c], and `record` is the
  // number of the record in the file, from 0, which place() turns into a line.
  template <class OnRow>
  void for_each_row(const OnRow& on_row) {
    while (next_block()) {
      const std::span<const StringsView> fields = block_;
      const std::size_t rows = fields[0].size();
      for (std::size_t row = 0; row < rows; ++row) {
        while (next_wrong_ == next_record_) report_wrong_row();
        const std::uint64_t record = next_record_++;
        if (record > 0 || !layout_.header) on_row(fields, row, record);
      }
    }
    while (next_wrong_ == next_record_) report_wrong_row();
  }

  // "log.csv:7" for a record. Scans the file up to it, so it is for bad rows only.
  std::string place(std::uint64_t record);

 private:
  struct State;

  bool next_block();  // fills block_; false at the end
  void report_wrong_row();
  void replace_delimiter_bytes();
  [[noreturn]] void diagnose(const std::string& reason);

  const TextFile& file_;
  const TextLayout& layout_;
  BadRows& bad_rows_;
  std::unique_ptr<State> state_;
  std::vector<StringsView> block_;
  std::uint64_t next_record_ = 0;
  std::uint64_t next_wrong_ = kNone;  // the record of the next row with a wrong number of fields
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
};

}  // namespace attune
