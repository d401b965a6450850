#pragma once

#include "base/matrix_view.h"
#include "kernels/bf16.h"
#include "kernels/gemm.h"

namespace attune::kernels {

// Products of bf16 with sums in float, in the forms and under the rules of gemm.h; packed.h has them for packed
// factors. A product of two values is exact in float; sums run over pairs of k, the second value of a pair first. Where
// the CPU has VDPBF16PS denormal numbers count as zero; elsewhere they are promoted to float. With AMX sums run over 32
// values of k at a time, the first and the second values of pairs apart. isa.h says which are faster than float.
void gemm_nt(BasicMatrixView<const Bf16> a, BasicMatrixView<const Bf16> b, BasicMatrixView<float> c,
             const Epilogue<float>&) noexcept;
void gemm_nt(BasicMatrixView<const Bf16> a, BasicMatrixView<const Bf16> b, BasicMatrixView<float> c,
             Accumulate) noexcept;

void gemm_nn(BasicMatrixView<const Bf16> a, BasicMatrixView<const Bf16> b, BasicMatrixView<float> c,
             const Epilogue<float>&) noexcept;
void gemm_nn(BasicMatrixView<const Bf16> a, BasicMatrixView<const Bf16> b, BasicMatrixView<float> c,
             Accumulate) noexcept;

void gemm_tn(BasicMatrixView<const Bf16> a, BasicMatrixView<const Bf16> b, BasicMatrixView<float> c,
             Accumulate) noexcept;

}  // namespace attune::kernels
