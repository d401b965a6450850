#pragma once

#include "base/matrix_view.h"
#include "kernels/gemm.h"

// The matrix products once more, one element at a time; sums run in long double. For tests; T is float or double.
namespace attune::kernels::reference {

template <class T>
T activation(Activation kind, T x);

// What gemm.h says of C.
template <class T>
void gemm_nt(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, const Epilogue<T>& end);

template <class T>
void gemm_nn(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, const Epilogue<T>& end);

template <class T>
void gemm_tn(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, Accumulate add);

}  // namespace attune::kernels::reference
