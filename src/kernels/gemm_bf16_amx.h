#pragma once

#include "kernels/gemm_product.h"

// Products of bf16 by TDPBF16PS, 16 x 16 sums an instruction; only for CPUs that have it and processes that the kernel
// has granted its registers (isa.h asks), beside AVX3_DL. Internal to this folder.
namespace attune::kernels {

void multiply_bf16_amx(const Product<Bf16>&) noexcept;

}  // namespace attune::kernels
