#include "data/delimited_source.h"

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/io/transform.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "data/record_scanner.h"
#include "data/text_transform.h"
#include "storage/utf8.h"

namespace attune {
namespace {

constexpr std::int32_t kBlockBytes = 1 << 20;
constexpr std::int32_t kQuotedBlockBytes = 1 << 24;  // quoted texts may be long, and a record must fit into a block

std::int32_t block_bytes(const Dialect& dialect) { return dialect.quotes ? kQuotedBlockBytes : kBlockBytes; }

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
  const std::string_view bytes = file.bytes();
  auto mapped = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
  if (file.encoding() == Encoding::kUtf8 && dialect.delimiter.size() == 1) return mapped;
  auto transform = std::make_shared<TextTransform>(file.encoding(), dialect.delimiter);
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
  const std::size_t offset = file.bytes().find(kDelimiterByte);
  if (offset == std::string_view::npos) return;
  throw Error(
      ErrorKind::kBadInput, file.input().place(line_of(file.bytes(), offset)),
      ": holds the control character 0x1F (unit ",
      "separator), which a delimiter of several characters excludes. Remove it, or delimit the file by one character.");
}

// Arrow pairs quotes leniently: one that is never closed swallows lines in silence. So they are checked first.
void check_quotes(const TextFile& file, const Dialect& dialect) {
  std::string storage;
  const std::string_view text = file.text(storage);
  RecordScanner scanner(text, dialect);
  Record record;
  while (scanner.next(record)) {
    if (record.fault == Record::Fault::kNone) continue;
    const bool open = record.fault == Record::Fault::kOpenQuote;
    throw Error(ErrorKind::kBadInput, file.input().place(record.fault_line), ": unbalanced quote: ",
                open ? "a quoted field is opened and never closed" : "text follows the closing quote of a field",
                "; expected fields like \"a, \"\"b\"\"\" by RFC 4180. Correct the line, or pass ",
                file.input().flag("quotes"), " no when quotes are part of the text.");
  }
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
    if (dialect_.quotes) check_quotes(file_, dialect_);
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

  // Where scan_to() found the last one, so that places in order cost one pass.
  std::string storage_;
  std::optional<RecordScanner> scanner_;
  Record found_;
  std::uint64_t scanned_ = 0;
};

arrow::Status DelimitedSource::open(const std::vector<Selection>& columns) {
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = false;  // rows are numbered only then
  read.block_size = block_bytes(dialect_);
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
  // What Arrow still holds is read from the file again.
  constexpr std::int64_t kBytesBack = 4 * kQuotedBlockBytes;
  const std::int64_t done = reader_->bytes_read() - kBytesBack;
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
    scanner_.emplace(file_.text(storage_), dialect_);
    scanned_ = 0;
  }
  while (scanned_ <= record && scanner_->next(found_)) ++scanned_;
}

void DelimitedSource::diagnose(const std::string& reason) {
  std::string storage;
  RecordScanner scanner(file_.text(storage), dialect_);
  Record record;
  while (scanner.next(record)) {
    if (!valid_utf8(record.text)) {
      throw Error(ErrorKind::kBadInput, input().place(record.line), ": \"", excerpt(record.text),
                  "\" is not valid UTF-8. Pass ", input().flag("encoding"),
                  " latin1 if it is in that encoding; convert it first if it is in another.");
    }
    if (record.text.size() + 2 >= static_cast<std::size_t>(block_bytes(dialect_))) {
      throw Error(ErrorKind::kBadInput, input().place(record.line), ": a row of ", record.text.size(),
                  " bytes, more than is read at once. Check ", input().flag("delimiter"),
                  " and the line ends of the file.");
    }
  }
  throw Error(ErrorKind::kBadInput, input().place(), ": cannot be read: ", reason, ". Check ",
              input().flag("delimiter"), " and ", input().flag("encoding"), ".");
}

}  // namespace

std::unique_ptr<RowSource> open_delimited(TextFile file, const HeaderHints& hints) {
  TextLayout layout = find_layout(file, hints);
  return std::make_unique<DelimitedSource>(std::move(file), std::move(layout));
}

}  // namespace attune
