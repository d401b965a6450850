#pragma once

#include <cstddef>

namespace attune::kernels {

// Does nothing but `rounds` rounds of independent multiply-adds in registers, on the instruction set in use, and
// returns how many floating-point operations they were: what a benchmark's speed is a share of.
std::size_t run_multiply_adds_f32(std::size_t rounds) noexcept;
std::size_t run_multiply_adds_f64(std::size_t rounds) noexcept;

}  // namespace attune::kernels
