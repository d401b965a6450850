#pragma once

#include <cmath>
#include <complex>

#include "kernels/activation.h"

// The activations once more, for one value of any scalar with exp, also std::complex.
namespace attune::kernels::reference {

template <class S>
S sigmoid(S x) {
  return S(1) / (S(1) + std::exp(-x));
}

template <class S>
S activate(Activation kind, S x) {
  switch (kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return std::real(x) > 0 ? x : S(0);
    case Activation::kSilu:
      return x * sigmoid(x);
    // 1/2 (1 + tanh(u)) written as the sigmoid of 2 u, which does not cancel where x is far below zero.
    case Activation::kGelu:
      return x * sigmoid(S(2 * std::sqrt(2 / 3.14159265358979323846)) * (x + S(0.044715) * x * x * x));
    case Activation::kSigmoid:
      return sigmoid(x);
  }
  return x;
}

template <class S>
S swiglu(S gate, S value) {
  return gate * sigmoid(gate) * value;
}

template <class S>
S gated_residual(S x, S gate, S value) {
  return x + sigmoid(gate) * value;
}

}  // namespace attune::kernels::reference
