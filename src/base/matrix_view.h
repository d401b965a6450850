#pragma once

#include <cstddef>
#include <span>

namespace attune {

// A row-major matrix that somebody else owns; rows may lie further apart than they are long. A view: what it points to
// must outlive it. Element (r, c) is data[r * stride + c].
template <class T>
struct BasicMatrixView {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;

  BasicMatrixView() = default;
  BasicMatrixView(T* first, std::size_t row_count, std::size_t column_count)
      : data(first), rows(row_count), columns(column_count), stride(column_count) {}
  BasicMatrixView(T* first, std::size_t row_count, std::size_t column_count, std::size_t row_stride)
      : data(first), rows(row_count), columns(column_count), stride(row_stride) {}

  std::span<T> row(std::size_t r) const { return {data + r * stride, columns}; }
  T& operator()(std::size_t r, std::size_t c) const { return data[r * stride + c]; }
  BasicMatrixView rows_from(std::size_t first, std::size_t count) const {
    return {data + first * stride, count, columns, stride};
  }
  operator BasicMatrixView<const T>() const { return {data, rows, columns, stride}; }
};

using MatrixView = BasicMatrixView<const float>;
using MutableMatrixView = BasicMatrixView<float>;

}  // namespace attune
