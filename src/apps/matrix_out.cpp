#include "apps/matrix_out.h"

#include "apps/heat_map.h"
#include "apps/table_out.h"
#include "base/error.h"
#include "storage/npy.h"

namespace attune {
namespace {

template <class T>
constexpr CellType cell_type() {
  return std::is_same_v<T, float> ? CellType::kFloat : CellType::kDouble;
}

template <class T>
class NpyMatrix final : public MatrixOut<T> {
 public:
  NpyMatrix(const std::filesystem::path& path, MatrixShape shape)
      : file_(path, dtype_of<T>(), {shape.rows, shape.columns}) {}
  void write(BasicMatrixView<const T> block) override {
    for (std::size_t r = 0; r < block.rows; ++r) file_.write(block.row(r));
  }
  void commit() override { file_.commit(); }

 private:
  NpyWriter file_;
};

template <class T>
class TableMatrix final : public MatrixOut<T> {
 public:
  explicit TableMatrix(std::unique_ptr<TableOut> table) : table_(std::move(table)) {}
  void write(BasicMatrixView<const T> block) override {
    for (std::size_t r = 0; r < block.rows; ++r) {
      for (const T value : block.row(r)) table_->add(value);
    }
  }
  void commit() override { table_->commit(); }

 private:
  std::unique_ptr<TableOut> table_;
};

template <class T>
class PictureMatrix final : public MatrixOut<T> {
 public:
  PictureMatrix(std::filesystem::path path, MatrixShape shape, Labels labels)
      : path_(std::move(path)), shape_(shape), labels_(std::move(labels)) {}
  void write(BasicMatrixView<const T> block) override {
    for (std::size_t r = 0; r < block.rows; ++r) {
      for (const T value : block.row(r)) values_.push_back(static_cast<float>(value));
    }
  }
  void commit() override {
    write_heat_map({values_.data(), shape_.rows, shape_.columns}, labels_.rows, labels_.columns, path_);
  }

 private:
  std::filesystem::path path_;
  MatrixShape shape_;
  Labels labels_;
  std::vector<float> values_;
};

void check_labels(const std::vector<std::string>& labels, std::size_t count, const char* flag, const char* what) {
  if (labels.empty() || labels.size() == count) return;
  throw Error(ErrorKind::kUsage, flag, " has ", labels.size(), " lines for ", count, " ", what,
              ". Give a label a line for each.");
}

std::vector<OutColumn> numbered_columns(std::size_t count, CellType type) {
  std::vector<OutColumn> columns;
  for (std::size_t c = 0; c < count; ++c) columns.push_back({std::to_string(c), type});
  return columns;
}

std::vector<OutColumn> entry_columns(CellType weight) {
  return {{"row", CellType::kInteger}, {"column", CellType::kInteger}, {"weight", weight}};
}

template <class T>
class SparseTable final : public SparseOut<T> {
 public:
  explicit SparseTable(std::unique_ptr<TableOut> table) : table_(std::move(table)) {}
  void write(std::size_t first, std::span<const typename SparseOut<T>::Row> rows) override {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (const auto& entry : rows[r]) {
        table_->add(static_cast<std::int64_t>(first + r));
        table_->add(static_cast<std::int64_t>(entry.index));
        table_->add(entry.value);
      }
    }
  }
  void commit() override { table_->commit(); }

 private:
  std::unique_ptr<TableOut> table_;
};

template <class T>
class SparseNpy final : public SparseOut<T> {
 public:
  SparseNpy(const std::filesystem::path& path, std::size_t rows, std::size_t k)
      : file_(path, DType::kF64, {rows * k, 3}), k_(k) {}
  void write(std::size_t first, std::span<const typename SparseOut<T>::Row> rows) override {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      lines_.clear();
      for (std::size_t i = 0; i < k_; ++i) {
        const bool there = i < rows[r].size();
        lines_.push_back(static_cast<double>(first + r));
        lines_.push_back(there ? static_cast<double>(rows[r][i].index) : -1.0);
        lines_.push_back(there ? static_cast<double>(rows[r][i].value) : 0.0);
      }
      file_.write(std::span<const double>(lines_));
    }
  }
  void commit() override { file_.commit(); }

 private:
  NpyWriter file_;
  std::size_t k_;
  std::vector<double> lines_;
};

}  // namespace

template <class T>
std::unique_ptr<MatrixOut<T>> matrix_out(const std::filesystem::path& path, MatrixShape shape, const Labels& labels,
                                         std::string_view flag) {
  require_extension(path, {".npy", ".csv", ".parquet", ".png"}, flag);
  const std::string extension = extension_of(path);
  if (extension == ".npy") return std::make_unique<NpyMatrix<T>>(path, shape);
  if (extension == ".png") {
    if (shape.rows > kHeatMapSideMax || shape.columns > kHeatMapSideMax) {
      throw Error(ErrorKind::kUsage, flag, " ", path.string(), ": a picture of ", shape.rows, " x ", shape.columns,
                  " is too large to look at; at most ", kHeatMapSideMax, " x ", kHeatMapSideMax,
                  ". Write .npy or .parquet");
    }
    check_labels(labels.rows, shape.rows, "--row-labels", "rows");
    check_labels(labels.columns, shape.columns, "--column-labels", "columns");
    return std::make_unique<PictureMatrix<T>>(path, shape, labels);
  }
  std::vector<OutColumn> columns = numbered_columns(shape.columns, cell_type<T>());
  return std::make_unique<TableMatrix<T>>(extension == ".csv" ? csv_out(path, std::move(columns), HeaderLine::kNo)
                                                              : parquet_out(path, std::move(columns)));
}

template <class T>
std::unique_ptr<SparseOut<T>> sparse_out(const std::filesystem::path& path, std::size_t rows, std::size_t k,
                                         std::string_view flag) {
  require_extension(path, {".npy", ".csv", ".parquet"}, flag);
  const std::string extension = extension_of(path);
  if (extension == ".npy") return std::make_unique<SparseNpy<T>>(path, rows, k);
  return std::make_unique<SparseTable<T>>(extension == ".csv"
                                              ? csv_out(path, entry_columns(cell_type<T>()), HeaderLine::kNo)
                                              : parquet_out(path, entry_columns(cell_type<T>())));
}

template std::unique_ptr<MatrixOut<float>> matrix_out(const std::filesystem::path&, MatrixShape, const Labels&,
                                                      std::string_view);
template std::unique_ptr<MatrixOut<double>> matrix_out(const std::filesystem::path&, MatrixShape, const Labels&,
                                                       std::string_view);
template std::unique_ptr<SparseOut<float>> sparse_out(const std::filesystem::path&, std::size_t, std::size_t,
                                                      std::string_view);
template std::unique_ptr<SparseOut<double>> sparse_out(const std::filesystem::path&, std::size_t, std::size_t,
                                                       std::string_view);

}  // namespace attune
