#include "kernels/gemm_reference.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace attune::kernels::reference {
namespace {

template <class T, class Left, class Right>
void multiply(std::size_t k, BasicMatrixView<T> c, const Epilogue<T>& end, Left left, Right right) {
  for (std::size_t r = 0; r < c.rows; ++r) {
    for (std::size_t j = 0; j < c.columns; ++j) {
      long double sum = end.bias == nullptr ? 0 : end.bias[j];
      for (std::size_t i = 0; i < k; ++i) sum += static_cast<long double>(left(r, i)) * right(i, j);
      if (end.accumulate == Accumulate::kYes) sum += c(r, j);
      const T value = static_cast<T>(sum);
      if (end.before.data != nullptr) end.before(r, j) = value;
      c(r, j) = activation(end.activation, value);
    }
  }
}

}  // namespace

template <class T>
T activation(Activation kind, T x) {
  const long double v = x;
  switch (kind) {
    case Activation::kRelu:
      return x < 0 ? T{0} : x;
    case Activation::kSilu:
      return static_cast<T>(v / (1 + std::exp(-v)));
    case Activation::kGelu: {
      const long double u = std::sqrt(2 / std::numbers::pi_v<long double>) * (v + 0.044715L * v * v * v);
      return static_cast<T>(v / 2 * (1 + std::tanh(u)));
    }
    case Activation::kSigmoid:
      return static_cast<T>(1 / (1 + std::exp(-v)));
    case Activation::kNone:
      break;
  }
  return x;
}

template <class T>
void gemm_nt(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, const Epilogue<T>& end) {
  multiply<T>(a.columns, c, end, a, [&](std::size_t i, std::size_t j) { return b(j, i); });
}

template <class T>
void gemm_nn(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, const Epilogue<T>& end) {
  multiply<T>(a.columns, c, end, a, b);
}

template <class T>
void gemm_tn(BasicMatrixView<const T> a, BasicMatrixView<const T> b, BasicMatrixView<T> c, Accumulate add) {
  multiply<T>(a.rows, c, {.accumulate = add}, [&](std::size_t r, std::size_t i) { return a(i, r); }, b);
}

#define ATTUNE_INSTANTIATE(T)                                                                                        \
  template T activation(Activation, T);                                                                              \
  template void gemm_nt(BasicMatrixView<const T>, BasicMatrixView<const T>, BasicMatrixView<T>, const Epilogue<T>&); \
  template void gemm_nn(BasicMatrixView<const T>, BasicMatrixView<const T>, BasicMatrixView<T>, const Epilogue<T>&); \
  template void gemm_tn(BasicMatrixView<const T>, BasicMatrixView<const T>, BasicMatrixView<T>, Accumulate)

ATTUNE_INSTANTIATE(float);
ATTUNE_INSTANTIATE(double);

#undef ATTUNE_INSTANTIATE

}  // namespace attune::kernels::reference
