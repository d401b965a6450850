#pragma once

#include <span>
#include <string_view>

namespace attune::kernels {

// The instruction sets that kernels are compiled for. The best that the CPU has is used; $ATTUNE_ISA (a name, as
// isa_name gives it) asks for another, and one that this CPU cannot run is refused with Error(kUsage) by
// select_from_environment.
enum class Isa { kSse4, kAvx2, kAvx3, kAvx3Dl, kAvx3Bf16, kAmx, kNeon, kEmu128 };

// "sse4", "avx2", "avx512", "avx512-dl" (with VNNI), "avx512-bf16" (with VNNI and BF16), "amx" (those and AMX-BF16),
// "neon", "portable"
std::string_view isa_name(Isa) noexcept;

// All instruction sets that this CPU can run, for tests that walk them; the first is the best.
std::span<const Isa> supported() noexcept;

// The one in use.
Isa current() noexcept;

// How the one in use multiplies bf16, in the order of CPUs: promoted to float, which is slower than products of float;
// pair by pair with VDPBF16PS; or tile by tile with TDPBF16PS.
enum class Bf16Products { kPromoted, kDot, kTile };
Bf16Products bf16_products() noexcept;

// Whether products of bf16 are faster than those of float. Pairs are where the CPU runs them at the full rate; those
// with tiles run pairs at half of it, should the system withhold the tiles.
bool has_fast_bf16_products() noexcept;

// Uses `isa`, which must be supported, from now on. For tests and benchmarks: no kernel may be running.
void use(Isa isa) noexcept;

// Reads $ATTUNE_ISA. Programs call it once, first.
void select_from_environment();

}  // namespace attune::kernels
