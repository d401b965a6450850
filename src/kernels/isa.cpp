#include "kernels/isa.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "base/tile_registers.h"
#include "kernels/targets.h"

namespace attune::kernels {
namespace {

struct Target {
  Isa isa;
  std::string_view name;
  std::int64_t bits;                            // Highway's targets that are this instruction set
  Bf16Products bf16 = Bf16Products::kPromoted;  // and, beyond Highway, how bf16 is multiplied
};

constexpr Target kTargets[] = {
    // best first
    {Isa::kAmx, "amx", HWY_AVX3_DL, Bf16Products::kTile},
    {Isa::kAvx3Bf16, "avx512-bf16", HWY_AVX3_DL, Bf16Products::kDot},
    {Isa::kAvx3Dl, "avx512-dl", HWY_AVX3_DL},
    {Isa::kAvx3, "avx512", HWY_AVX3},
    {Isa::kAvx2, "avx2", HWY_AVX2},
    {Isa::kSse4, "sse4", HWY_SSE4},
    {Isa::kNeon, "neon", HWY_NEON},
    {Isa::kEmu128, "portable", HWY_EMU128 | HWY_SCALAR},
};

const Target& target_of(Isa isa) noexcept {
  for (const Target& target : kTargets) {
    if (target.isa == isa) return target;
  }
  ATTUNE_CHECK(!"an instruction set that the table lacks");
  return kTargets[0];
}

bool cpu_has_tiles() noexcept {
#if ATTUNE_KERNELS_BF16
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

// The best that the CPU has.
Bf16Products cpu_bf16_products() noexcept {
#if ATTUNE_KERNELS_BF16
  if (!__builtin_cpu_supports("avx512bf16")) return Bf16Products::kPromoted;
  return cpu_has_tiles() && ask_for_tile_registers() ? Bf16Products::kTile : Bf16Products::kDot;
#else
  return Bf16Products::kPromoted;
#endif
}

// Asked once, before anything can narrow the choice.
const std::vector<Isa>& detected() {
  static const std::vector<Isa> isas = [] {
    std::vector<Isa> found;
    const std::int64_t runnable = hwy::SupportedTargets() & HWY_TARGETS;
    const Bf16Products bf16 = cpu_bf16_products();
    for (const Target& target : kTargets) {
      if ((target.bits & runnable) && target.bf16 <= bf16) found.push_back(target.isa);
    }
    return found;
  }();
  return isas;
}

Bf16Products& bf16_in_use() noexcept {
  static Bf16Products in_use = target_of(detected().front()).bf16;
  return in_use;
}

bool is_supported(Isa isa) noexcept {
  for (const Isa candidate : detected()) {
    if (candidate == isa) return true;
  }
  return false;
}

}  // namespace

std::string_view isa_name(Isa isa) noexcept { return target_of(isa).name; }

std::span<const Isa> supported() noexcept { return detected(); }

Isa current() noexcept {
  detected();
  const std::int64_t allowed = hwy::SupportedTargets() & HWY_TARGETS;
  for (const Target& target : kTargets) {
    if ((target.bits & allowed) && target.bf16 <= bf16_in_use()) return target.isa;
  }
  return detected().back();
}

void use(Isa isa) noexcept {
  ATTUNE_CHECK(is_supported(isa));
  hwy::SetSupportedTargetsForTest(target_of(isa).bits & HWY_TARGETS);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  bf16_in_use() = target_of(isa).bf16;
}

Bf16Products bf16_products() noexcept { return bf16_in_use(); }

bool has_fast_bf16_products() noexcept {
  return bf16_in_use() == Bf16Products::kTile || (bf16_in_use() == Bf16Products::kDot && !cpu_has_tiles());
}

void select_from_environment() {
  const char* wanted = std::getenv("ATTUNE_ISA");
  if (wanted == nullptr || *wanted == '\0') return;
  std::string names;
  for (const Isa isa : supported()) {
    if (isa_name(isa) == wanted) return use(isa);
    names += (names.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  throw Error(ErrorKind::kUsage, "ATTUNE_ISA is \"", wanted, "\"; this CPU runs ", names,
              ". Set it to one of these, or unset it to use the first.");
}

}  // namespace attune::kernels
