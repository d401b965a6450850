#pragma once

#include <type_traits>

#include "attention/arena.h"
#include "base/matrix_view.h"
#include "kernels/bf16.h"

namespace attune {

// A matrix as a factor of products: as it is, or a copy in the arena, rounded to bf16.
template <class F, class T>
BasicMatrixView<const F> as_factor(BasicMatrixView<const T> x, Arena<T>& arena) {
  if constexpr (std::is_same_v<F, T>) {
    return x;
  } else {
    const BasicMatrixView<F> rounded(arena.template take_as<F>(x.rows * x.columns), x.rows, x.columns);
    for (std::size_t r = 0; r < x.rows; ++r) kernels::to_bf16(x.row(r).data(), rounded.row(r).data(), x.columns);
    return rounded;
  }
}

}  // namespace attune
