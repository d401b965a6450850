#pragma once

#include <cmath>

#include "kernels/adam.h"

// A step of Adam once more, for one parameter.
namespace attune::kernels::reference {

inline void adam(const AdamStep& step, double& w, double gradient, double& first, double& second) {
  double g = gradient * step.gradient_scale;
  if (step.form == WeightDecay::kCoupled) g += step.decay * w;
  first = step.beta1 * first + (1 - step.beta1) * g;
  second = step.beta2 * second + (1 - step.beta2) * g * g;
  if (step.form == WeightDecay::kDecoupled) w -= step.learning_rate * step.decay * w;
  w -= step.learning_rate * (first / step.correction1) / (std::sqrt(second / step.correction2) + step.epsilon);
}

}  // namespace attune::kernels::reference
