#include "data/arrow_source.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

#include "base/error.h"
#include "data/arrow_values.h"
#include "data/row_sieve.h"
#include "storage/utf8.h"

namespace attune {
namespace {

using BatchReader = arrow::RecordBatchReader;

constexpr std::int64_t kBatchRows = 1 << 16;

std::shared_ptr<arrow::io::BufferReader> reader_of(std::string_view bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
}

// The record batches of an IPC file, one behind the other.
class IpcFileBatches final : public BatchReader {
 public:
  explicit IpcFileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file) : file_(std::move(file)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == file_->num_record_batches()) return arrow::Status::OK();
    return file_->ReadRecordBatch(next_++).Value(batch);
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

// Opens the batches of the columns of these numbers.
using Open = std::function<arrow::Result<std::shared_ptr<BatchReader>>(const std::vector<int>& columns)>;

class ArrowSource final : public RowSource {
 public:
  ArrowSource(RawFile file, const arrow::Schema& schema, std::string described, Open open)
      : RowSource(file.input()), file_(std::move(file)), open_(std::move(open)) {
    SourceLayout found{.named = true, .names = {}, .forms = {}, .sample = {}, .described = std::move(described)};
    for (const auto& field : schema.fields()) {
      found.names.push_back(parse_column_name(field->name()));
      found.forms.push_back(form_of(*field->type()).value_or(SourceForm::kText));
      types_.push_back(field->type());
    }
    set_layout(std::move(found));
  }

  void select(std::vector<Selection> columns) override {
    selected_ = std::move(columns);
    std::vector<int> numbers;
    for (const Selection& selected : selected_) {
      numbers.push_back(static_cast<int>(selected.column));
      if (form_of(*types_[selected.column])) continue;
      throw Error(ErrorKind::kBadInput, input().place(), ": ", describe_column(layout(), selected.column),
                  " is of type ", types_[selected.column]->ToString(),
                  "; expected text, numbers, times or lists of these. Convert it, ", "or leave it out.");
    }
    // Batches hold the columns in the order of the file.
    std::sort(numbers.begin(), numbers.end());
    for (const Selection& selected : selected_) {
      const auto found = std::lower_bound(numbers.begin(), numbers.end(), static_cast<int>(selected.column));
      in_block_.push_back(static_cast<int>(found - numbers.begin()));
    }
    guard([&] { return open_(numbers).Value(&reader_); });
  }

  bool next(RowBatch& batch) override {
    batch = {};
    std::shared_ptr<arrow::RecordBatch> block;
    guard([&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(reader_->ReadNext(&block));
      return block == nullptr ? arrow::Status::OK() : block->ValidateFull();
    });
    if (block == nullptr) return false;
    block_ = std::move(block);
    batch.rows = static_cast<std::size_t>(block_->num_rows());
    batch.first_record = next_row_;
    values_.resize(selected_.size());
    for (std::size_t c = 0; c < selected_.size(); ++c) {
      batch.columns.push_back(convert(*block_->column(in_block_[c]), selected_[c], values_[c]));
    }
    next_row_ += batch.rows;
    refuse_bad_texts(batch);
    return true;
  }

  std::string place(std::uint64_t row) override { return input().place() + ", row " + std::to_string(row); }

  // The values of the selected columns, which are all that was read of it.
  std::string record_text(std::uint64_t row) override {
    const auto in_block = static_cast<std::int64_t>(row - (next_row_ - static_cast<std::uint64_t>(block_->num_rows())));
    std::string text;
    for (std::size_t c = 0; c < selected_.size(); ++c) {
      if (c > 0) text += '\t';
      append_text(*block_->column(in_block_[c]), in_block, text);
    }
    return text;
  }

  Source source() override { return file_.source(); }

 private:
  struct Values {
    Strings texts;
    std::vector<double> numbers;
    std::vector<std::int64_t> times;
  };

  FieldColumn convert(const arrow::Array& array, const Selection& selected, Values& values) const {
    FieldColumn field;
    field.form = layout().forms[selected.column];
    if (selected.as_text && field.form != SourceForm::kLists) field.form = SourceForm::kText;
    values = {};
    switch (field.form) {
      case SourceForm::kNumbers:
        for (std::int64_t row = 0; row < array.length(); ++row) values.numbers.push_back(number_at(array, row));
        field.numbers = values.numbers;
        break;
      case SourceForm::kTimes:
        for (std::int64_t row = 0; row < array.length(); ++row) values.times.push_back(time_at(array, row));
        field.times = values.times;
        break;
      case SourceForm::kText:
      case SourceForm::kLists:
        convert_texts(array, values.texts);
        field.text = values.texts.view();
        break;
    }
    return field;
  }

  static void convert_texts(const arrow::Array& array, Strings& texts) {
    std::string text;
    for (std::int64_t row = 0; row < array.length(); ++row) {
      text.clear();
      append_text(array, row, text);
      texts.push_back(text);
    }
  }

  void refuse_bad_texts(RowBatch& batch) const {
    const auto good = [](const FieldColumn& column) {
      return valid_utf8(column.text) &&
             std::find(column.text.bytes.begin(), column.text.bytes.end(), '\0') == column.text.bytes.end();
    };
    if (std::all_of(batch.columns.begin(), batch.columns.end(), good)) return;
    sift(batch, [&](std::size_t row) -> std::optional<WrongRowValue> {
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        if (batch.columns[c].text.size() == 0) continue;
        const std::string_view text = batch.columns[c].text[row];
        if (valid_utf8(text) && text.find('\0') == std::string_view::npos) continue;
        return WrongRowValue{BadReason::kEncoding, describe_column(layout(), selected_[c].column) + " holds \"" +
                                                       excerpt(text) + "\", which is not valid UTF-8 or holds a NUL; " +
                                                       "expected text."};
      }
      return std::nullopt;
    });
  }

  // Parquet's own layer throws; whatever it says, the file is at fault.
  template <class Work>
  void guard(const Work& work) const {
    arrow::Status status;
    try {
      status = work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& failure) {
      status = arrow::Status::Invalid(failure.what());
    }
    if (!status.ok()) refuse(status);
  }
  [[noreturn]] void refuse(const arrow::Status& status) const {
    throw Error(ErrorKind::kBadInput, input().place(), ": is damaged or cut short (", status.message(),
                "). Get the file again.");
  }

  RawFile file_;
  Open open_;
  std::vector<std::shared_ptr<arrow::DataType>> types_;
  std::vector<Selection> selected_;
  std::vector<int> in_block_;  // by selection: the column of a batch
  std::shared_ptr<BatchReader> reader_;
  std::shared_ptr<arrow::RecordBatch> block_;
  std::vector<Values> values_;
  std::uint64_t next_row_ = 1;
};

arrow::Result<std::unique_ptr<RowSource>> parquet_source(const RawFile& file) {
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(reader_of(file.bytes())));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(kBatchRows);
  std::unique_ptr<parquet::arrow::FileReader> opened;
  ARROW_RETURN_NOT_OK(builder.properties(properties)->Build(&opened));
  const std::shared_ptr<parquet::arrow::FileReader> reader = std::move(opened);
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  // A column of a list or of a structure lies in several columns of the file.
  const auto open = [reader](const std::vector<int>& columns) -> arrow::Result<std::shared_ptr<BatchReader>> {
    std::vector<int> groups, leaves;
    for (int group = 0; group < reader->num_row_groups(); ++group) groups.push_back(group);
    const auto& manifest = reader->manifest();
    const std::function<void(const parquet::arrow::SchemaField&)> add = [&](const parquet::arrow::SchemaField& field) {
      if (field.column_index >= 0) leaves.push_back(field.column_index);
      for (const auto& child : field.children) add(child);
    };
    for (const int column : columns) add(manifest.schema_fields[static_cast<std::size_t>(column)]);
    ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader(groups, leaves));
    return std::shared_ptr<BatchReader>(std::move(batches));
  };
  const std::string described = file.described() + "Parquet of " + std::to_string(reader->num_row_groups()) +
                                (reader->num_row_groups() == 1 ? " row group" : " row groups");
  return std::make_unique<ArrowSource>(file, *schema, described, open);
}

arrow::Result<std::unique_ptr<RowSource>> ipc_source(const RawFile& file) {
  std::shared_ptr<arrow::Schema> schema;
  Open open;
  const std::shared_ptr<arrow::io::BufferReader> bytes = reader_of(file.bytes());
  if (file.bytes().starts_with("ARROW1")) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(bytes));
    schema = reader->schema();
    open = [bytes](const std::vector<int>& columns) -> arrow::Result<std::shared_ptr<BatchReader>> {
      auto options = arrow::ipc::IpcReadOptions::Defaults();
      options.included_fields = columns;
      ARROW_ASSIGN_OR_RAISE(auto chosen, arrow::ipc::RecordBatchFileReader::Open(bytes, options));
      return std::make_shared<IpcFileBatches>(std::move(chosen));
    };
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(bytes));
    schema = reader->schema();
    open = [bytes](const std::vector<int>& columns) -> arrow::Result<std::shared_ptr<BatchReader>> {
      auto options = arrow::ipc::IpcReadOptions::Defaults();
      options.included_fields = columns;
      ARROW_RETURN_NOT_OK(bytes->Seek(0));
      ARROW_ASSIGN_OR_RAISE(auto chosen, arrow::ipc::RecordBatchStreamReader::Open(bytes, options));
      return std::shared_ptr<BatchReader>(std::move(chosen));
    };
  }
  return std::make_unique<ArrowSource>(file, *schema, file.described() + "Arrow IPC", open);
}

std::unique_ptr<RowSource> open_guarded(const RawFile& file, const char* format,
                                        arrow::Result<std::unique_ptr<RowSource>> (*open)(const RawFile&)) {
  std::string reason;
  try {
    auto source = open(file);
    if (source.ok()) return std::move(source).ValueUnsafe();
    reason = source.status().message();
  } catch (const std::exception& failure) {
    reason = failure.what();
  }
  throw Error(ErrorKind::kBadInput, file.input().place(), ": is no ", format, " file, or damaged or cut short (",
              reason, "). Get the file again, or pass ", file.input().flag("format"), " with what it is.");
}

}  // namespace

bool is_parquet(std::string_view bytes) noexcept { return bytes.starts_with("PAR1"); }

bool is_arrow(std::string_view bytes) noexcept {
  return bytes.starts_with("ARROW1") || bytes.starts_with("\xFF\xFF\xFF\xFF");
}

std::unique_ptr<RowSource> open_parquet(RawFile file) { return open_guarded(file, "Parquet", parquet_source); }
std::unique_ptr<RowSource> open_arrow(RawFile file) { return open_guarded(file, "Arrow IPC", ipc_source); }

}  // namespace attune
