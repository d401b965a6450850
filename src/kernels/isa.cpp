#include "kernels/isa.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "kernels/targets.h"

namespace attune::kernels {
namespace {

struct Target {
  Isa isa;
  std::string_view name;
  std::int64_t bits;  // Highway's targets that are this instruction set
};

constexpr Target kTargets[] = {
    // best first
    {Isa::kAvx3Dl, "avx512-dl", HWY_AVX3_DL}, {Isa::kAvx3, "avx512", HWY_AVX3},
    {Isa::kAvx2, "avx2", HWY_AVX2},           {Isa::kSse4, "sse4", HWY_SSE4},
    {Isa::kNeon, "neon", HWY_NEON},           {Isa::kEmu128, "portable", HWY_EMU128 | HWY_SCALAR},
};

const Target& target_of(Isa isa) noexcept {
  for (const Target& target : kTargets) {
    if (target.isa == isa) return target;
  }
  ATTUNE_CHECK(!"an instruction set that the table lacks");
  return kTargets[0];
}

// Asked once, before anything can narrow the choice.
const std::vector<Isa>& detected() {
  static const std::vector<Isa> isas = [] {
    std::vector<Isa> found;
    const std::int64_t runnable = hwy::SupportedTargets() & HWY_TARGETS;
    for (const Target& target : kTargets) {
      if (target.bits & runnable) found.push_back(target.isa);
    }
    return found;
  }();
  return isas;
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
    if (target.bits & allowed) return target.isa;
  }
  return detected().back();
}

void use(Isa isa) noexcept {
  ATTUNE_CHECK(is_supported(isa));
  hwy::SetSupportedTargetsForTest(target_of(isa).bits & HWY_TARGETS);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
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
