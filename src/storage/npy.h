#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "base/matrix_view.h"
#include "storage/atomic_file.h"
#include "storage/mapped_file.h"
#include "storage/safetensors.h"

namespace attune {

// NumPy's .npy files, versions 1.0 to 3.0, of one or two dimensions in C order, little-endian.

// A mapped array. One dimension counts as a matrix of one column.
class NpyArray {
 public:
  // Reads types f4, f8, i1, i4, i8, u1, u4, u8. Throws Error(kBadInput) naming the file and what is not supported
  // (Fortran order, big-endian, objects, more than two dimensions), or where it is damaged; every size is checked
  // against the file.
  static NpyArray open(const std::filesystem::path& path);

  DType dtype() const noexcept { return dtype_; }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }

  // The values as T without a copy; ATTUNE_CHECKs that T is the file's type.
  template <class T>
  BasicMatrixView<const T> view() const {
    check_type(dtype_of<T>());
    return {reinterpret_cast<const T*>(values_.data()), rows_, columns_};
  }

  // Row r converted to T (float or double) into `out`, which is columns() long.
  void read_row(std::size_t r, std::span<float> out) const;
  void read_row(std::size_t r, std::span<double> out) const;

 private:
  void check_type(DType) const;

  MappedFile file_;
  DType dtype_ = DType::kF32;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::span<const std::byte> values_;
};

// Writes a matrix of known shape, rows in order, in any number of pieces, atomically.
class NpyWriter {
 public:
  NpyWriter(std::filesystem::path path, DType dtype, std::vector<std::size_t> shape);
  void write(std::span<const std::byte> values);
  template <class T>
  void write(std::span<const T> values) {
    write(std::as_bytes(values));
  }
  void commit();  // ATTUNE_CHECKs that all values were written

 private:
  AtomicFile file_;
  std::size_t expected_ = 0;
};

}  // namespace attune
