#include "data/delimited_reader.h"

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/io/transform.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/error.h"
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
      ErrorKind::kBadInput, file.place(line_of(file.bytes(), offset)), ": holds the control character 0x1F (unit ",
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
    throw Error(ErrorKind::kBadInput, file.place(record.fault_line), ": unbalanced quote: ",
                open ? "a quoted field is opened and never closed" : "text follows the closing quote of a field",
                "; expected fields like \"a, \"\"b\"\"\" by RFC 4180. Correct the line, or pass ", file.flag("quotes"),
                " no when quotes are part of the text.");
  }
}

}  // namespace

struct DelimitedReader::State {
  Dialect dialect;
  std::shared_ptr<arrow::csv::StreamingReader> reader;
  std::shared_ptr<arrow::RecordBatch> batch;
  WrongRows wrong;
  std::vector<Strings> replaced;  // block_ with delimiters put back into quoted fields
  bool put_back = false;

  // For place(): where the last one was found, so that places in order cost one pass.
  std::string storage;
  std::string_view text;
  std::optional<RecordScanner> scanner;
  Record found;
  std::uint64_t scanned = 0;

  arrow::Status open(const TextFile& file, const TextLayout& layout, const std::vector<std::size_t>& columns) {
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = false;  // rows are numbered only then
    read.block_size = block_bytes(dialect);
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.delimiter = dialect.delimiter.size() == 1 ? dialect.delimiter[0] : kDelimiterByte;
    parse.quoting = dialect.quotes;
    parse.newlines_in_values = dialect.quotes;
    parse.invalid_row_handler = [this](const arrow::csv::InvalidRow& row) {
      ATTUNE_CHECK(row.number > 0);
      wrong.push({static_cast<std::uint64_t>(row.number - 1), row.actual_columns});
      return arrow::csv::InvalidRowResult::Skip;
    };
    auto convert = arrow::csv::ConvertOptions::Defaults();
    for (std::size_t c = 0; c < layout.columns(); ++c) read.column_names.push_back(std::to_string(c));
    for (const std::size_t c : columns) {
      convert.include_columns.push_back(std::to_string(c));
      convert.column_types[std::to_string(c)] = arrow::large_utf8();
    }
    ARROW_ASSIGN_OR_RAISE(reader, arrow::csv::StreamingReader::Make(arrow::io::default_io_context(),
                                                                    open_stream(file, dialect), read, parse, convert));
    return arrow::Status::OK();
  }
};

DelimitedReader::DelimitedReader(const TextFile& file, const TextLayout& layout, std::vector<std::size_t> columns,
                                 BadRows& bad_rows)
    : file_(file), layout_(layout), bad_rows_(bad_rows), state_(std::make_unique<State>()) {
  Dialect& dialect = state_->dialect;
  dialect = layout.dialect;
  // Without a quote in the file, the faster way reads the same.
  dialect.quotes = dialect.quotes && file.bytes().find('"') != std::string_view::npos;
  refuse_delimiter_byte(file, dialect);
  if (dialect.quotes) check_quotes(file, dialect);
  state_->put_back = dialect.quotes && dialect.delimiter.size() > 1;
  block_.resize(columns.size());
  const arrow::Status status = state_->open(file, layout, columns);
  if (!status.ok()) diagnose(status.message());
}

DelimitedReader::~DelimitedReader() = default;

bool DelimitedReader::next_block() {
  const arrow::Status status = state_->reader->ReadNext(&state_->batch);
  if (const auto wrong = state_->wrong.front()) next_wrong_ = wrong->record;
  if (!status.ok()) diagnose(status.message());
  if (state_->batch == nullptr) return false;
  for (std::size_t c = 0; c < block_.size(); ++c) {
    const auto& strings = static_cast<const arrow::LargeStringArray&>(*state_->batch->column(static_cast<int>(c)));
    const auto rows = static_cast<std::size_t>(strings.length());
    const std::int64_t* const offsets = strings.raw_value_offsets();
    block_[c] = {};
    if (rows == 0) continue;
    block_[c] = {{offsets, rows + 1},
                 {reinterpret_cast<const char*>(strings.raw_data()), static_cast<std::size_t>(offsets[rows])}};
  }
  if (state_->put_back) replace_delimiter_bytes();
  return true;
}

void DelimitedReader::replace_delimiter_bytes() {
  state_->replaced.assign(block_.size(), Strings());
  std::string text;
  for (std::size_t c = 0; c < block_.size(); ++c) {
    Strings& replaced = state_->replaced[c];
    for (std::size_t row = 0; row < block_[c].size(); ++row) {
      text.clear();
      for (const char byte : block_[c][row]) {
        byte == kDelimiterByte ? text.append(layout_.dialect.delimiter) : text.append(1, byte);
      }
      replaced.push_back(text);
    }
    block_[c] = replaced.view();
  }
}

void DelimitedReader::report_wrong_row() {
  const std::uint64_t record = next_record_++;
  const std::int32_t fields = state_->wrong.front()->fields;
  state_->wrong.pop();
  const auto next = state_->wrong.front();
  next_wrong_ = next ? next->record : kNone;
  bad_rows_.add([&] {
    std::string message = place(record) + ": " + std::to_string(fields) + (fields == 1 ? " field" : " fields") +
                          "; expected " + std::to_string(layout_.columns()) + ", as in " +
                          (layout_.header ? "the header" : "most lines") + ", delimited by " +
                          describe_delimiter(layout_.dialect.delimiter) + ".";
    if (state_->found.text.find_first_of("\r\n") != std::string_view::npos) {
      message += " A quoted field of it spans several lines.";
    }
    return message;
  });
}

std::string DelimitedReader::place(std::uint64_t record) {
  State& state = *state_;
  if (!state.scanner || state.scanned > record) {
    state.text = file_.text(state.storage);
    state.scanner.emplace(state.text, state.dialect);
    state.scanned = 0;
  }
  while (state.scanned <= record && state.scanner->next(state.found)) ++state.scanned;
  return file_.place(state.found.line);
}

void DelimitedReader::diagnose(const std::string& reason) {
  std::string storage;
  RecordScanner scanner(file_.text(storage), state_->dialect);
  Record record;
  while (scanner.next(record)) {
    if (!valid_utf8(record.text)) {
      throw Error(ErrorKind::kBadInput, file_.place(record.line), ": \"", excerpt(record.text),
                  "\" is not valid UTF-8. Pass ", file_.flag("encoding"),
                  " latin1 if it is in that encoding; convert it first if it is in another.");
    }
    if (record.text.size() + 2 >= static_cast<std::size_t>(block_bytes(state_->dialect))) {
      throw Error(ErrorKind::kBadInput, file_.place(record.line), ": a row of ", record.text.size(),
                  " bytes, more than is read ", "at once. Check ", file_.flag("delimiter"),
                  " and the line ends of the file.");
    }
  }
  throw Error(ErrorKind::kBadInput, file_.place(), ": cannot be read: ", reason, ". Check ", file_.flag("delimiter"),
              " and ", file_.flag("encoding"), ".");
}

}  // namespace attune
