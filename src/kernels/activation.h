#pragma once

#include <cstddef>

namespace attune::kernels {

// Activations of n values and the gradients of them, in float and double, any n (also 0) and any alignment. Allocates
// nothing, never throws, thread-safe; agrees with kernels/activation_reference.h. Values are finite: NaN gives NaN, an
// infinity may. An output may be the same array as an input.

enum class Activation {
  kNone,     // x
  kRelu,     // max(x, 0)
  kSilu,     // x sigmoid(x)
  kGelu,     // x Phi(x) in its tanh form, x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel, 2016)
  kSigmoid,  // 1 / (1 + exp(-x))
};

// y[i] = f(x[i]).
void activate(Activation, const float* x, float* y, std::size_t n) noexcept;
void activate(Activation, const double* x, double* y, std::size_t n) noexcept;

// dx[i] = dy[i] f'. `saved` is x, the input of forward; for kRelu and kSigmoid it is y, the output.
void activate_backward(Activation, const float* saved, const float* dy, float* dx, std::size_t n) noexcept;
void activate_backward(Activation, const double* saved, const double* dy, double* dx, std::size_t n) noexcept;

// The two inputs of a gate, n values each; and their gradients.
template <class T>
struct Gated {
  T* gate = nullptr;
  T* value = nullptr;
};

// y[i] = silu(gate[i]) value[i] (SwiGLU without its products; Shazeer, 2020).
void swiglu(Gated<const float>, float* y, std::size_t n) noexcept;
void swiglu(Gated<const double>, double* y, std::size_t n) noexcept;

// Sets the gradients of both inputs. The outputs may be the inputs' arrays.
void swiglu_backward(Gated<const float>, const float* dy, Gated<float> gradients, std::size_t n) noexcept;
void swiglu_backward(Gated<const double>, const double* dy, Gated<double> gradients, std::size_t n) noexcept;

// y[i] = x[i] + sigmoid(gate[i]) value[i], the gated residual of LiGR. The gradient of x is dy.
void gated_residual(const float* x, Gated<const float>, float* y, std::size_t n) noexcept;
void gated_residual(const double* x, Gated<const double>, double* y, std::size_t n) noexcept;

void gated_residual_backward(Gated<const float>, const float* dy, Gated<float> gradients, std::size_t n) noexcept;
void gated_residual_backward(Gated<const double>, const double* dy, Gated<double> gradients, std::size_t n) noexcept;

}  // namespace attune::kernels
