#include "data/delimited_source.h"

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/io/transform.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/record_scanner.h"
#include "data/row_sieve.h"
#include "data/text_transform.h"
#include "storage/utf8.h"

namespace attune {
namespace {

// A record must fit into a block.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kQuotedBlockBytes = std::size_t{1} << 24;  // quoted texts may be long
constexpr std::size_t kRecordBytesMax = std::size_t{1} << 28;

struct WrongRow {
  std::uint64_t record = 0;
  std::int32_t fields = 0;
};

// Rows of a wrong number of fields as Arrow meets them, which may be on a thread of its own.
class WrongRows {
 public:
  void push(WrongRow row) {
    const std::lock_guard lock(mutex_);
    rows_.push_back(row);
  }
  void pop() {
    const std::lock_guard lock(mutex_);
    rows_.pop_front();
  }
  std::optional<WrongRow> front() {
    const std::lock_guard lock(mutex_);
    return rows_.empty() ? std::nullopt : std::optional(rows_.front());
  }

 private:
  std::mutex mutex_;
  std::deque<WrongRow> rows_;
};

std::shared_ptr<arrow::io::InputStream> open_stream(const TextFile& file, const Dialect& dialect) {
  const std::string_view bytes = file.text();
  auto mapped = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
  if (dialect.delimiter.size() == 1) return mapped;
  auto transform = std::make_shared<TextTransform>(dialect.delimiter);
  // At the end Arrow hands in one empty piece.
  return std::make_shared<arrow::io::TransformInputStream>(
      std::move(mapped),
      [transform](const std::shared_ptr<arrow::Buffer>& piece) -> arrow::Result<std::shared_ptr<arrow::Buffer>> {
        std::string out;
        out.reserve(2 * static_cast<std::size_t>(piece->size()));
        transform->transform(std::string_view(*piece), piece->size() == 0, out);
        return arrow::Buffer::FromString(std::move(out));
      });
}

void refuse_delimiter_byte(const TextFile& file, const Dialect& dialect) {
  if (dialect.delimiter.size() < 2) return;
  const std::size_t offset = file.text().find(kDelimiterByte);
  if (offset == std::string_view::npos) return;
  throw Error(
      ErrorKind::kBadInput, file.input().place(line_of(file.text(), offset)),
      ": holds the control character 0x1F (unit ",
      "separator), which a delimiter of several characters excludes. Remove it, or delimit the file by one character.");
}

// Arrow pairs quotes leniently: one that is never closed swallows lines in silence. So they are checked first. Returns
// the size of the longest record.
std::size_t check_quotes(const TextFile& file, const Dialect& dialect) {
  RecordScanner scanner(file.text(), dialect);
  Record record;
  std::size_t longest = 0;
  while (scanner.next(record)) {
    longest = std::max(longest, record.text.size());
    if (record.fault == Record::Fault::kNone) continue;
    const bool open = record.fault == Record::Fault::kOpenQuote;
    throw Error(ErrorKind::kBadInput, file.input().place(record.fault_line), ": unbalanced quote: ",
                open ? "a quoted field is opened and never closed" : "text follows the closing quote of a field",
                "; expected fields like \"a, \"\"b\"\"\" by RFC 4180. Correct the line, or pass ",
                file.input().flag("quotes"), " no when quotes are part of the text.");
  }
  return longest;
}

[[noreturn]] void refuse_long_record(const TextFile& file, const Dialect& dialect) {
  RecordScanner scanner(file.text(), dialect);
  Record record;
  while (scanner.next(record) && record.text.size() <= kRecordBytesMax) {
  }
  throw Error(ErrorKind::kBadInput, file.input().place(record.line), ": a row of ", record.text.size(),
              " bytes; expected at most ", kRecordBytesMax, ". Check ", file.input().flag("delimiter"), ", ",
              file.input().flag("quotes"), " and the line ends of the file, or leave the longest column out of it.");
}

class DelimitedSource final : public RowSource {
 public:
  DelimitedSource(TextFile file, TextLayout layout_found)
      : RowSource(file.input()), file_(std::move(file)), dialect_(std::move(layout_found.dialect)) {
    set_layout(std::move(layout_found.columns));
    // Without a quote in the file, the faster way reads the same.
    dialect_.quotes = dialect_.quotes && file_.holds_quote();
  }

  void select(std::vector<Selection> columns) override {
    refuse_delimiter_byte(file_, dialect_);
    const std::size_t longest = dialect_.quotes ? check_quotes(file_, dialect_) : file_.longest_line();
    if (longest > kRecordBytesMax) refuse_long_record(file_, dialect_);
    constexpr std::size_t kLineEnds = 64;
    block_bytes_ = std::max(dialect_.quotes ? kQuotedBlockBytes : kBlockBytes, longest + kLineEnds);
    const arrow::Status status = open(columns);
    if (!status.ok()) diagnose(status.message());
  }

  bool next(RowBatch& batch) override;
  std::string place(std::uint64_t record) override {
    scan_to(record);
    return input().place(found_.line);
  }
  std::string record_text(std::uint64_t record) override {
    scan_to(record);
    return std::string(found_.text);
  }
  Source source() override { return file_.source(); }

 private:
  arrow::Status open(const std::vector<Selection>& columns);
  void view_rows(RowBatch& batch, std::size_t first, std::size_t rows);
  void put_delimiters_back(RowBatch& batch);
  void refuse_invalid_rows(RowBatch& batch) const;
  void take_faults(RowBatch& batch, bool last);
  std::string wrong_row_text(const WrongRow& wrong);
  void scan_to(std::uint64_t record);
  [[noreturn]] void diagnose(const std::string& reason);

  TextFile file_;
  Dialect dialect_;
  WrongRows wrong_;
  std::shared_ptr<arrow::csv::StreamingReader> reader_;
  std::shared_ptr<arrow::RecordBatch> block_;
  std::vector<Strings> replaced_;  // the block with delimiters put back into quoted fields
  std::uint64_t next_record_ = 0;
  std::size_t block_bytes_ = kBlockBytes;

  // Where scan_to() found the last one, so that places in order cost one pass.
  std::optional<RecordScanner> scanner_;
  Record found_;
  std::uint64_t scanned_ = 0;
};

arrow::Status DelimitedSource::open(const std::vector<Selection>& columns) {
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = false;  // rows are numbered only then
  read.block_size = static_cast<std::int32_t>(block_bytes_);
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.delimiter = dialect_.delimiter.size() == 1 ? dialect_.delimiter[0] : kDelimiterByte;
  parse.quoting = dialect_.quotes;
  parse.newlines_in_values = dialect_.quotes;
  parse.invalid_row_handler = [this](const arrow::csv::InvalidRow& row) {
    ATTUNE_CHECK(row.number > 0);
    wrong_.push({static_cast<std::uint64_t>(row.number - 1), row.actual_columns});
    return arrow::csv::InvalidRowResult::Skip;
  };
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.check_utf8 = false;  // it would refuse a whole block for one row
  for (std::size_t c = 0; c < layout().columns(); ++c) read.column_names.push_back(std::to_string(c));
  for (const Selection& selected : columns) {
    convert.include_columns.push_back(std::to_string(selected.column));
    convert.column_types[std::to_string(selected.column)] = arrow::large_utf8();
  }
  ARROW_ASSIGN_OR_RAISE(reader_, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(),
                                                                   open_stream(file_, dialect_), read, parse, convert));
  return arrow::Status::OK();
}

bool DelimitedSource::next(RowBatch& batch) {
  batch = {};
  const arrow::Status status = reader_->ReadNext(&block_);
  if (!status.ok()) diagnose(status.message());
  batch.first_record = next_record_;
  if (block_ == nullptr) {
    take_faults(batch, true);
    return !batch.faults.empty();
  }
  auto rows = static_cast<std::size_t>(block_->num_rows());
  const bool header = next_record_ == 0 && layout().named && rows > 0;
  if (header) --rows;
  batch.first_record += header;
  view_rows(batch, header, rows);
  take_faults(batch, false);
  if (dialect_.quotes && dialect_.delimiter.size() > 1) {
    put_delimiters_back(batch);
  } else {
    batch.owner = block_;
  }
  refuse_invalid_rows(batch);
  // What Arrow still holds is read from the file again.
  const std::int64_t done = reader_->bytes_read() - static_cast<std::int64_t>(4 * block_bytes_);
  if (done > 0) file_.release_before(static_cast<std::size_t>(done));
  return true;
}

void DelimitedSource::view_rows(RowBatch& batch, std::size_t first, std::size_t rows) {
  batch.rows = rows;
  batch.columns.resize(static_cast<std::size_t>(block_->num_columns()));
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    const auto& strings = static_cast<const arrow::LargeStringArray&>(*block_->column(static_cast<int>(c)));
    if (rows == 0) continue;
    const std::int64_t* const offsets = strings.raw_value_offsets() + first;
    batch.columns[c].text = {
        {offsets, rows + 1},
        {reinterpret_cast<const char*>(strings.raw_data()), static_cast<std::size_t>(offsets[rows])}};
  }
}

void DelimitedSource::put_delimiters_back(RowBatch& batch) {
  replaced_.assign(batch.columns.size(), Strings());
  std::string text;
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      text.clear();
      for (const char byte : batch.columns[c].text[row]) {
        byte == kDelimiterByte ? text.append(dialect_.delimiter) : text.append(1, byte);
      }
      replaced_[c].push_back(text);
    }
    batch.columns[c].text = replaced_[c].view();
  }
}

void DelimitedSource::refuse_invalid_rows(RowBatch& batch) const {
  const auto valid = [](const FieldColumn& column) { return valid_utf8(column.text); };
  if (std::all_of(batch.columns.begin(), batch.columns.end(), valid)) return;
  sift(batch, [&](std::size_t row) -> std::optional<WrongRowValue> {
    for (const FieldColumn& column : batch.columns) {
      if (valid_utf8(column.text[row])) continue;
      return WrongRowValue{BadReason::kEncoding, describe_invalid_utf8(input(), column.text[row])};
    }
    return std::nullopt;
  });
}

// The wrong rows among those of the batch; all that are left when it is the last.
void DelimitedSource::take_faults(RowBatch& batch, bool last) {
  std::uint64_t end = batch.first_record + batch.rows;
  for (auto wrong = wrong_.front(); wrong && (last || wrong->record <= end); wrong = wrong_.front()) {
    const auto before = static_cast<std::size_t>(wrong->record - batch.first_record) - batch.faults.size();
    batch.faults.push_back({before, wrong->record, BadReason::kFieldCount, wrong_row_text(*wrong)});
    wrong_.pop();
    ++end;
  }
  next_record_ = end;
}

std::string DelimitedSource::wrong_row_text(const WrongRow& wrong) {
  std::string text = std::to_string(wrong.fields) + (wrong.fields == 1 ? " field" : " fields") + "; expected " +
                     std::to_string(layout().columns()) + ", as in " + (layout().named ? "the header" : "most lines") +
                     ", delimited by " + describe_delimiter(dialect_.delimiter) + ".";
  if (!dialect_.quotes) return text;
  scan_to(wrong.record);
  const bool spans = found_.text.find_first_of("\r\n") != std::string_view::npos;
  return spans ? text + " A quoted field of it spans several lines." : text;
}

void DelimitedSource::scan_to(std::uint64_t record) {
  if (!scanner_ || scanned_ > record + 1) {
    scanner_.emplace(file_.text(), dialect_);
    scanned_ = 0;
  }
  while (scanned_ <= record && scanner_->next(found_)) ++scanned_;
}

void DelimitedSource::diagnose(const std::string& reason) {
  throw Error(ErrorKind::kBadInput, input().place(), ": cannot be read: ", reason, ". Check ",
              input().flag("delimiter"), " and ", input().flag("encoding"), ".");
}

}  // namespace

std::unique_ptr<RowSource> open_delimited(TextFile file, const HeaderHints& hints) {
  // Which lines are comments depends on the quotes, which the layout tells, which is found without comments.
  TextFile plain = file.without_comments({"\n", false});
  TextLayout layout = find_layout(plain, hints);
  if (layout.dialect.quotes) plain = file.without_comments(layout.dialect);
  return std::make_unique<DelimitedSource>(std::move(plain), std::move(layout));
}

}  // namespace attune
