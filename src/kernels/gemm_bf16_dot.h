#pragma once

#include "kernels/gemm_product.h"

// Products of bf16 by VDPBF16PS; only for CPUs that have it, beside AVX3_DL. Internal to this folder.
namespace attune::kernels {

void multiply_bf16_dot(const Product<Bf16>&) noexcept;

}  // namespace attune::kernels
