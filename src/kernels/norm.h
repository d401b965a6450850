#pragma once

#include "base/matrix_view.h"
#include "kernels/gemm.h"

namespace attune::kernels {

// Layer normalisation (Ba, Kiros and Hinton, 2016) and root-mean-square normalisation (Zhang and Sennrich, 2019) of
// each row of x [T, D], in float and double, any T and D (also 0) and any strides. Allocates nothing, never throws,
// thread-safe; agrees with kernels/norm_reference.h. A row of y depends on its row of x alone.

// Both have D values. RMSNorm does not read `shift`.
template <class T>
struct NormWeights {
  const T* gain = nullptr;   // gamma
  const T* shift = nullptr;  // beta
};

// Their gradients, which backward adds to. RMSNorm does not touch `shift`.
template <class T>
struct NormGradients {
  T* gain = nullptr;
  T* shift = nullptr;
};

// What forward leaves for backward: T values each. RMSNorm has no means.
template <class T>
struct NormMoments {
  T* mean = nullptr;
  T* rstd = nullptr;  // 1 / sqrt(variance + epsilon), or 1 / sqrt(mean square + epsilon)
};

// y = (x - mean) * rstd * gain + shift. y may be x, but backward needs x as it was.
void layer_norm(BasicMatrixView<const float> x, NormWeights<float>, float epsilon, BasicMatrixView<float> y,
                NormMoments<float>) noexcept;
void layer_norm(BasicMatrixView<const double> x, NormWeights<double>, double epsilon, BasicMatrixView<double> y,
                NormMoments<double>) noexcept;

// Given dy, the gradient of y: dx = (or, with kYes, +=) the gradient of x, and adds to those of the weights. dx may be
// dy.
void layer_norm_backward(BasicMatrixView<const float> x, NormWeights<float>, NormMoments<const float>,
                         BasicMatrixView<const float> dy, BasicMatrixView<float> dx, Accumulate,
                         NormGradients<float>) noexcept;
void layer_norm_backward(BasicMatrixView<const double> x, NormWeights<double>, NormMoments<const double>,
                         BasicMatrixView<const double> dy, BasicMatrixView<double> dx, Accumulate,
                         NormGradients<double>) noexcept;

// y = x * rstd * gain.
void rms_norm(BasicMatrixView<const float> x, NormWeights<float>, float epsilon, BasicMatrixView<float> y,
              NormMoments<float>) noexcept;
void rms_norm(BasicMatrixView<const double> x, NormWeights<double>, double epsilon, BasicMatrixView<double> y,
              NormMoments<double>) noexcept;

void rms_norm_backward(BasicMatrixView<const float> x, NormWeights<float>, NormMoments<const float>,
                       BasicMatrixView<const float> dy, BasicMatrixView<float> dx, Accumulate,
                       NormGradients<float>) noexcept;
void rms_norm_backward(BasicMatrixView<const double> x, NormWeights<double>, NormMoments<const double>,
                       BasicMatrixView<const double> dy, BasicMatrixView<double> dx, Accumulate,
                       NormGradients<double>) noexcept;

}  // namespace attune::kernels
