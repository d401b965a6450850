#pragma once

#include <cstddef>

#include "kernels/bf16.h"

// Rounding by the instructions that come with VDPBF16PS; only for CPUs that have it, beside AVX3_DL. Internal to this
// folder.
namespace attune::kernels {

void round_to_bf16_dot(const float* from, Bf16* to, std::size_t n) noexcept;
double exp_to_bf16_dot(const float* x, float shift, Bf16* y, std::size_t n) noexcept;

}  // namespace attune::kernels
