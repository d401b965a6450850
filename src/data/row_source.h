#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/bad_rows.h"
#include "data/column_names.h"
#include "data/dataset.h"
#include "data/id_map.h"
#include "data/input.h"

namespace attune {

// The one interface of everything that rows are read from: a log, a catalogue or a user table, in any format. A source
// finds out which columns it has, is told which of them are wanted, and hands them over in batches; what the values
// mean, and what becomes of bad ones, is decided behind it (event_intake.h, table_reader.h). Not thread-safe.

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

// Stands between the values of a list in a source's texts (the ASCII unit separator).
inline constexpr char kListSeparator = '\x1F';

// How a source holds a column: lists come as text with kListSeparator between the values.
enum class SourceForm { kText, kNumbers, kTimes, kLists };

// The columns of a source.
struct SourceLayout {
  bool named = false;                            // whether the names are the source's own: not column_1, column_2 …
  std::vector<ColumnName> names;                 // one for each column
  std::vector<SourceForm> forms;                 // one for each column
  std::vector<std::vector<std::string>> sample;  // the first rows, where columns without names are told by their values
  std::string described;                         // for notes: "delimited by ',', a header"

  std::size_t columns() const { return names.size(); }
};

// A wanted column, and whether it must come as text: for identifiers, which are opaque.
struct Selection {
  std::size_t column = 0;
  bool as_text = true;
};

// A column of a batch; the view that `form` names is filled.
struct FieldColumn {
  SourceForm form = SourceForm::kText;
  StringsView text;                     // kText, kLists; "" is missing
  std::span<const double> numbers;      // kNumbers; NaN is missing
  std::span<const std::int64_t> times;  // kTimes: microseconds since 1970 in UTC; kNoTime is missing
};

// A row that could not be read as a row at all, and so is in no column.
struct RowFault {
  std::size_t before = 0;  // it stands in front of this row of the batch
  std::uint64_t record = 0;
  BadReason reason = BadReason::kSyntax;
  std::string found;  // "2 fields; expected 3."
};

// Rows in the order of the source, valid until the next call of next(), or as long as there is an owner.
struct RowBatch {
  std::size_t rows = 0;
  std::vector<FieldColumn> columns;  // in the order of the selection
  std::vector<RowFault> faults;      // by `before`, ascending
  std::uint64_t first_record = 0;
  std::shared_ptr<const void> owner;   // of what the columns show, where batches can be read ahead
  std::shared_ptr<const void> sifted;  // what the columns show after sift()
  std::vector<std::uint64_t> records;  // by row; empty: each row and each fault is a record, from first_record on

  // Calls on_row(row, record) and on_fault(fault) in the order of the source.
  template <class OnRow, class OnFault>
  void for_each(const OnRow& on_row, const OnFault& on_fault) const {
    std::size_t fault = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      while (fault < faults.size() && faults[fault].before <= row) on_fault(faults[fault++]);
      on_row(row, records.empty() ? first_record + row + fault : records[row]);
    }
    while (fault < faults.size()) on_fault(faults[fault++]);
  }
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  const Input& input() const noexcept { return input_; }
  const SourceLayout& layout() const noexcept { return layout_; }

  // Chooses the columns of the batches, distinct ones. Once, before the first next().
  virtual void select(std::vector<Selection> columns) = 0;

  // The next rows; false at the end. A batch may hold faults alone. Throws Error(kBadInput) for what makes the rest
  // unreadable, naming the place.
  virtual bool next(RowBatch& batch) = 0;

  // "log.csv:7" for a record of any batch so far, and the record as it stands there. For bad rows only: either may
  // read the source again up to it.
  virtual std::string place(std::uint64_t record) = 0;
  virtual std::string record_text(std::uint64_t record) = 0;

  // What the manifest says of it.
  virtual Source source() = 0;

 protected:
  explicit RowSource(Input input) : input_(std::move(input)) {}

  void set_layout(SourceLayout layout) { layout_ = std::move(layout); }

 private:
  Input input_;
  SourceLayout layout_;
};

// "column 'rating'" or, without names, "column 3".
std::string describe_column(const SourceLayout& layout, std::size_t column);

// The column that an option names, by its name or by its number from 1. Throws Error(kBadInput) listing the columns
// that there are.
std::size_t find_column(const Input& input, const SourceLayout& layout, const std::string& column);

}  // namespace attune
