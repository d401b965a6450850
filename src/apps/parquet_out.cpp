#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/io_util.h>
#include <parquet/arrow/writer.h>

#include <cmath>

#include "apps/table_out.h"
#include "base/check.h"
#include "base/error.h"
#include "storage/atomic_file.h"
#include "storage/system_error.h"

namespace attune {
namespace {

constexpr std::size_t kGroupCells = 1 << 20;

std::shared_ptr<arrow::DataType> arrow_type(CellType type) {
  switch (type) {
    case CellType::kText:
      return arrow::utf8();
    case CellType::kInteger:
      return arrow::int64();
    case CellType::kFloat:
      return arrow::float32();
    case CellType::kDouble:
      return arrow::float64();
  }
  return nullptr;
}

// Rows are collected up to a row group's worth of cells and written together.
class ParquetOut final : public TableOut {
 public:
  ParquetOut(const std::filesystem::path& path, std::vector<OutColumn> columns) : path_(path), file_(path) {
    ATTUNE_CHECK(!columns.empty());
    arrow::FieldVector fields;
    for (const OutColumn& column : columns) {
      types_.push_back(column.type);
      fields.push_back(arrow::field(column.name, arrow_type(column.type)));
      builders_.push_back(got(arrow::MakeBuilder(arrow_type(column.type))));
    }
    schema_ = arrow::schema(fields);
    rows_max_ = std::max<std::size_t>(1, kGroupCells / columns.size());
    stream_ = got(arrow::io::FileOutputStream::Open(file_.partial_path().string()));
    writer_ = got(parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_));
  }

  ~ParquetOut() override {
    // Left without commit: Arrow must let go of the file before it is removed.
    writer_.reset();
    if (stream_ != nullptr && !stream_->closed()) static_cast<void>(stream_->Close());
  }

  void add(std::string_view text) override { append<arrow::StringBuilder>(CellType::kText, text); }
  void add(std::int64_t number) override { append<arrow::Int64Builder>(CellType::kInteger, number); }
  void add(float number) override {
    std::isnan(number) ? add_missing() : append<arrow::FloatBuilder>(CellType::kFloat, number);
  }
  void add(double number) override {
    std::isnan(number) ? add_missing() : append<arrow::DoubleBuilder>(CellType::kDouble, number);
  }
  void add_missing() override {
    check(builders_[cell_]->AppendNull());
    end_cell();
  }

  void commit() override {
    ATTUNE_CHECK(cell_ == 0);
    write_group();
    check(writer_->Close());
    check(stream_->Close());
    file_.commit();
  }

 private:
  template <class Builder, class Value>
  void append(CellType type, Value value) {
    ATTUNE_CHECK(types_[cell_] == type);
    check(static_cast<Builder&>(*builders_[cell_]).Append(value));
    end_cell();
  }

  void end_cell() {
    if (++cell_ < builders_.size()) return;
    cell_ = 0;
    if (++rows_ == rows_max_) write_group();
  }

  void write_group() {
    if (rows_ == 0) return;
    arrow::ArrayVector arrays;
    for (const auto& builder : builders_) arrays.push_back(got(builder->Finish()));
    const auto table = arrow::Table::Make(schema_, arrays, static_cast<std::int64_t>(rows_));
    check(writer_->WriteTable(*table, static_cast<std::int64_t>(rows_)));
    rows_ = 0;
  }

  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    const int code = arrow::internal::ErrnoFromStatus(status);
    if (code != 0) throw_system_error("cannot write", path_, code);
    throw Error(ErrorKind::kSystem, path_.string(), ": cannot be written: ", status.message());
  }

  template <class T>
  T got(arrow::Result<T> result) const {
    check(result.status());
    return std::move(result).ValueUnsafe();
  }

  std::filesystem::path path_;
  AtomicFile file_;
  std::vector<CellType> types_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::size_t rows_max_ = 0;
  std::size_t rows_ = 0;
  std::size_t cell_ = 0;
};

}  // namespace

std::unique_ptr<TableOut> parquet_out(const std::filesystem::path& path, std::vector<OutColumn> columns) {
  return std::make_unique<ParquetOut>(path, std::move(columns));
}

}  // namespace attune
