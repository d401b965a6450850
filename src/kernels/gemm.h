#pragma once

#include <cstddef>

#include "base/matrix_view.h"
#include "kernels/activation.h"

namespace attune::kernels {

// Matrix products. All matrices are row-major, with any stride and any size (also 0); C may not overlap A or B. One
// thread; callers split rows. Nothing is allocated or thrown. An element of C depends on its row of A and its column of
// the other factor alone, never on the sizes of the call or its place in it, so a caller may cut a product into tiles
// as it likes and get the same bytes. Sums run over k upwards, in chunks of a fixed length.
enum class Accumulate { kNo, kYes };

// What becomes of a product on its way to C: v = A·B + bias, plus what C holds with kYes; `before`, where it is given,
// gets v; C gets activation(v).
template <class T>
struct Epilogue {
  const T* bias = nullptr;  // one value for each column of C, or null
  Activation activation = Activation::kNone;
  Accumulate accumulate = Accumulate::kNo;
  BasicMatrixView<T> before = {};  // of the size of C, and apart from it
};

// C = A · Bᵀ with A [m, k], B [n, k], C [m, n]: a layer whose weights lie [out, in].
void gemm_nt(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             const Epilogue<float>&) noexcept;
void gemm_nt(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             const Epilogue<double>&) noexcept;
void gemm_nt(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate) noexcept;
void gemm_nt(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate) noexcept;

// C = A · B with A [m, k], B [k, n]: the gradient of a layer's input. The same bytes as gemm_nt of B turned round.
void gemm_nn(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             const Epilogue<float>&) noexcept;
void gemm_nn(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             const Epilogue<double>&) noexcept;
void gemm_nn(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate) noexcept;
void gemm_nn(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate) noexcept;

// C = Aᵀ · B with A [k, m], B [k, n]: the gradient of a layer's weights, k counts the tokens. The same bytes as gemm_nn
// of A turned round.
void gemm_tn(BasicMatrixView<const float> a, BasicMatrixView<const float> b, BasicMatrixView<float> c,
             Accumulate) noexcept;
void gemm_tn(BasicMatrixView<const double> a, BasicMatrixView<const double> b, BasicMatrixView<double> c,
             Accumulate) noexcept;

}  // namespace attune::kernels
