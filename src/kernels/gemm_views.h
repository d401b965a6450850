#pragma once

#include <cstddef>

#include "base/check.h"
#include "base/matrix_view.h"
#include "kernels/gemm.h"
#include "kernels/gemm_product.h"

// From the views of a caller to the description of a product. Internal to this folder.
namespace attune::kernels {

// A · B, with b as `layout` says.
template <class T>
Product<T> product_of(BasicMatrixView<const T> a, const void* b, std::size_t b_stride, Layout layout, std::size_t first,
                      BasicMatrixView<SumOf<T>> c, const Epilogue<SumOf<T>>& end) noexcept {
  const bool kept = end.before.data != nullptr;
  ATTUNE_CHECK(c.rows == a.rows && (!kept || (end.before.rows == c.rows && end.before.columns == c.columns)));
  return {.a = a.data,
          .a_stride = a.stride,
          .a_turned = false,
          .b = b,
          .b_stride = b_stride,
          .layout = layout,
          .first = first,
          .first_k = 0,
          .packed_k = a.columns,
          .c = c.data,
          .c_stride = c.stride,
          .m = c.rows,
          .n = c.columns,
          .k = a.columns,
          .bias = end.bias,
          .add = end.accumulate == Accumulate::kYes,
          .activation = end.activation,
          .before = end.before.data,
          .before_stride = end.before.stride};
}

// Aᵀ · B.
template <class T>
Product<T> turned_product_of(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<SumOf<T>> c,
                             Accumulate add) noexcept {
  ATTUNE_CHECK(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns);
  const BasicMatrixView<const T> turned(a.data, a.columns, a.rows, a.stride);
  Product<T> product = product_of(turned, b.data, b.stride, Layout::kColumns, 0, c, {.accumulate = add});
  product.a_turned = true;
  return product;
}

}  // namespace attune::kernels
