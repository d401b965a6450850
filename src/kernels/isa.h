#pragma once

#include <span>
#include <string_view>

namespace attune::kernels {

// The instruction sets that kernels are compiled for. The best that the CPU has is used; $ATTUNE_ISA (a name, as
// isa_name gives it) asks for another, and one that this CPU cannot run is refused with Error(kUsage) by
// select_from_environment.
enum class Isa { kSse4, kAvx2, kAvx3, kAvx3Dl, kAvx3Bf16, kNeon, kEmu128 };

// "sse4", "avx2", "avx512", "avx512-dl" (with VNNI), "avx512-bf16" (with VNNI and BF16), "neon", "portable"
std::string_view isa_name(Isa) noexcept;

// All instruction sets that this CPU can run, for tests that walk them; the first is the best.
std::span<const Isa> supported() noexcept;

// The one in use.
Isa current() noexcept;

// Whether the one in use multiplies bf16 by an instruction of its own, so that products of bf16 are faster than those
// of float; elsewhere they are promoted to float, and slower.
bool has_bf16_products() noexcept;

// Uses `isa`, which must be supported, from now on. For tests and benchmarks: no kernel may be running.
void use(Isa isa) noexcept;

// Reads $ATTUNE_ISA. Programs call it once, first.
void select_from_environment();

}  // namespace attune::kernels
