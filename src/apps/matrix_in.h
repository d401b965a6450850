#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/matrix_view.h"
#include "storage/npy.h"

namespace attune {

// A matrix of numbers from a .npy file, which is mapped, or from CSV without a header line, which is read into memory.
// In CSV an empty cell is a missing number, NaN.
class MatrixIn {
 public:
  enum class Missing { kAllow, kRefuse };

  // Throws Error(kUsage) for another extension; Error(kBadInput) with file, line and column for a cell that is no
  // number, a missing one where there must be none, a line with fewer or more cells than the first, and a file without
  // any.
  static MatrixIn open(const std::filesystem::path& path, Missing missing);

  std::size_t rows() const;
  std::size_t columns() const;
  bool is_double() const;  // float64 or CSV

  // All values as T: the file's own memory where it holds T, else a copy in `storage`.
  template <class T>
  BasicMatrixView<const T> view(std::vector<T>& storage) const;

  // Row r into `out`, columns() long. Thread-safe.
  template <class T>
  void read_row(std::size_t r, std::span<T> out) const;

 private:
  struct Csv {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<double> values;
  };
  static Csv read_csv(const std::filesystem::path& path, Missing missing);

  std::variant<NpyArray, Csv> content_ = Csv{};
};

}  // namespace attune
