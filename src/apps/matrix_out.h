#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/matrix_view.h"
#include "kernels/top_k.h"

namespace attune {

// Where blocks of consecutive rows of a matrix go, in ascending order, so that no matrix is ever held whole (a
// picture's aside).
template <class T>
class MatrixOut {
 public:
  virtual ~MatrixOut() = default;
  virtual void write(BasicMatrixView<const T> block) = 0;
  virtual void commit() = 0;
};

struct MatrixShape {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

// Names along the sides of a picture; none: the numbers.
struct Labels {
  std::vector<std::string> rows;
  std::vector<std::string> columns;
};

// By extension: .npy (of type T), .csv without a header line and .parquet with columns "0", "1" … (NaN is an empty cell
// or null), .png a heat map. Throws Error(kUsage) for another extension, a picture that would be too large, or labels
// whose count is not the matrix's.
template <class T>
std::unique_ptr<MatrixOut<T>> matrix_out(const std::filesystem::path& path, MatrixShape shape, const Labels& labels,
                                         std::string_view flag);

// Where the largest entries of each row go.
template <class T>
class SparseOut {
 public:
  using Row = std::vector<typename kernels::TopK<T>::Entry>;
  virtual ~SparseOut() = default;
  virtual void write(std::size_t first, std::span<const Row> rows) = 0;
  virtual void commit() = 0;
};

// By extension: .csv without a header line and .parquet with the columns row, column, weight, a line an entry; .npy a
// float64 array [rows * k, 3] of the same, in which a row with fewer than k entries ends with lines of column -1 and
// weight 0.
template <class T>
std::unique_ptr<SparseOut<T>> sparse_out(const std::filesystem::path& path, std::size_t rows, std::size_t k,
                                         std::string_view flag);

}  // namespace attune
