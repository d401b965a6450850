#pragma once

#include <type_traits>
#include <vector>

#include "attention/arena.h"
#include "base/matrix_view.h"
#include "kernels/bf16.h"
#include "kernels/packed.h"

namespace attune {

inline void round_rows(BasicMatrixView<const float> x, BasicMatrixView<kernels::Bf16> to) {
  if (x.stride == x.columns && to.stride == to.columns) return kernels::to_bf16(x.data, to.data, x.rows * x.columns);
  for (std::size_t r = 0; r < x.rows; ++r) kernels::to_bf16(x.row(r).data(), to.row(r).data(), x.columns);
}

// A matrix as a factor of products: as it is, or a copy in the arena, rounded to bf16.
template <class F, class T>
BasicMatrixView<const F> as_factor(std::type_identity_t<BasicMatrixView<const T>> x, Arena<T>& arena) {
  if constexpr (std::is_same_v<F, T>) {
    return x;
  } else {
    const BasicMatrixView<F> rounded(arena.template take_as<F>(x.rows * x.columns), x.rows, x.columns);
    round_rows(x, rounded);
    return rounded;
  }
}

// Weights W [n, k] packed as the second factor of both products that training needs, rounded to bf16 if F is that.
template <class F>
class FactorBothWays {
 public:
  // Makes room, so that packing weights of that size does not allocate.
  void reserve(std::size_t n, std::size_t k) {
    turned_.reserve(k, n);
    straight_.reserve(n, k);
  }

  template <class T>
  void pack(BasicMatrixView<const T> weights) {
    if constexpr (std::is_same_v<F, T>) {
      turned_.pack_rows(weights);
      straight_.pack_columns(weights);
    } else {
      rounded_.resize(weights.rows * weights.columns);
      const BasicMatrixView<F> rounded(rounded_.data(), weights.rows, weights.columns);
      round_rows(weights, rounded);
      pack(BasicMatrixView<const F>(rounded));
    }
  }

  const kernels::Packed<F>& turned() const { return turned_; }      // of A · Wᵀ
  const kernels::Packed<F>& straight() const { return straight_; }  // of A · W

 private:
  kernels::Packed<F> turned_, straight_;
  std::vector<F> rounded_;  // room for the rounded weights; empty if they need none
};

}  // namespace attune
