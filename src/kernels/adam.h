#pragma once

#include <cstddef>

namespace attune::kernels {

// A step of Adam (Kingma and Ba, 2015) over n parameters, and what a training step needs beside it. In float and
// double, any n (also 0) and any alignment; allocates nothing, never throws, thread-safe. An element depends on its own
// values alone, so callers cut as they like. Agrees with kernels/adam_reference.h.

enum class WeightDecay {
  kCoupled,    // L2: decay * w is added to the gradient (Adam)
  kDecoupled,  // w shrinks by learning_rate * decay (AdamW; Loshchilov and Hutter, 2019)
};

struct AdamStep {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double decay = 0;
  WeightDecay form = WeightDecay::kDecoupled;
  double correction1 = 1;     // 1 - beta1^t, of the step t = 1, 2, …
  double correction2 = 1;     // 1 - beta2^t
  double gradient_scale = 1;  // the gradient is multiplied by this first: clipping, or a mean of parts
};

// The state of n parameters.
template <class T>
struct AdamMoments {
  T* first = nullptr;
  T* second = nullptr;
};

// g = gradient_scale * gradient (+ decay * w if coupled); m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
// w = w (- learning_rate * decay * w if decoupled) - learning_rate * (m / correction1) / (sqrt(v / correction2) +
// epsilon).
void adam(const AdamStep&, float* w, const float* gradient, AdamMoments<float>, std::size_t n) noexcept;
void adam(const AdamStep&, double* w, const double* gradient, AdamMoments<double>, std::size_t n) noexcept;

// The sum of x[i]^2 in double, for norms and clipping; not finite if some x[i] is not, or for double if it overflows.
double sum_of_squares(const float* x, std::size_t n) noexcept;
double sum_of_squares(const double* x, std::size_t n) noexcept;

// average[i] = decay * average[i] + (1 - decay) * x[i]: the moving average of the weights.
void update_average(double decay, const float* x, float* average, std::size_t n) noexcept;
void update_average(double decay, const double* x, double* average, std::size_t n) noexcept;

}  // namespace attune::kernels
