#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>

#include <limits>
#include <string>
#include <vector>

#include "apps/run_in.h"
#include "base/error.h"

namespace attune {
namespace {

// The value, or an Error with Arrow's reason.
template <class T>
T got(arrow::Result<T> result, const std::filesystem::path& path) {
  if (result.ok()) return std::move(result).ValueUnsafe();
  throw Error(ErrorKind::kBadInput, path.string(), ": cannot be read as Parquet: ", result.status().message());
}

class ParquetRun {
 public:
  explicit ParquetRun(const std::filesystem::path& path) : path_(path) {
    const auto file = got(arrow::io::ReadableFile::Open(path.string()), path);
    auto reader = got(parquet::arrow::OpenFile(file, arrow::default_memory_pool()), path);
    reader->set_use_threads(false);
    table_ = got(reader->ReadTable(), path);
    for (const std::string& name : table_->ColumnNames()) names_.push_back(parse_column_name(name));
  }

  const std::vector<ColumnName>& names() const { return names_; }

  // The column as one array of the type.
  std::shared_ptr<arrow::Array> column(std::size_t index, const std::shared_ptr<arrow::DataType>& type) const {
    const auto chunked = table_->column(static_cast<int>(index));
    const auto cast = got(arrow::compute::Cast(arrow::Datum(chunked), type), path_).chunked_array();
    if (cast->num_chunks() == 1) return cast->chunk(0);
    if (cast->num_chunks() == 0) return got(arrow::MakeEmptyArray(type), path_);
    return got(arrow::Concatenate(cast->chunks()), path_);
  }

 private:
  const std::filesystem::path& path_;
  std::shared_ptr<arrow::Table> table_;
  std::vector<ColumnName> names_;
};

}  // namespace

std::unique_ptr<OutsideRun> read_parquet_run(const std::filesystem::path& path, const Dataset& dataset,
                                             const ItemTable& items) {
  const ParquetRun file(path);
  const RunColumns columns = find_run_columns(path, file.names());
  auto run = std::make_unique<OutsideRun>(dataset, items, columns.order);
  const auto user_column = file.column(columns.user, arrow::large_utf8());
  const auto item_column = file.column(columns.item, arrow::large_utf8());
  const auto value_column = file.column(columns.value, arrow::float64());
  const auto& users = static_cast<const arrow::LargeStringArray&>(*user_column);
  const auto& item_ids = static_cast<const arrow::LargeStringArray&>(*item_column);
  const auto& values = static_cast<const arrow::DoubleArray&>(*value_column);
  for (std::int64_t row = 0; row < users.length(); ++row) {
    const bool missing = users.IsNull(row) || item_ids.IsNull(row) || values.IsNull(row);
    const double value = missing ? std::numeric_limits<double>::quiet_NaN() : values.Value(row);
    const auto problem = run->add(users.GetView(row), item_ids.GetView(row), value);
    if (!missing && !problem) continue;
    throw Error(ErrorKind::kBadInput, path.string(), ", row ", row + 1, ": ", missing ? "a value is missing" : *problem,
                ".");
  }
  return run;
}

}  // namespace attune
