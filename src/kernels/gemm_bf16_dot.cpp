#include "kernels/gemm_bf16_dot.h"

#include "kernels/targets.h"

// The register tile and its loops once more, for AVX3_DL with VDPBF16PS. Highway has no target of that kind, so its
// functions are those of AVX3_DL, and the attribute here lets the instruction in beside them. Everything is in an
// unnamed namespace but the one function: nothing else may leave an object that not every CPU can run.
#if ATTUNE_KERNELS_BF16
#undef HWY_TARGET
#define HWY_TARGET HWY_AVX3_DL
#include <hwy/highway.h>

#define ATTUNE_KERNELS_BF16_DOT
HWY_PUSH_ATTRIBUTES("avx512bf16")

#include "kernels/gemm_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {

void multiply_bf16_dot(const Product<Bf16>& p) noexcept { HWY_NAMESPACE::multiply_product(p); }

}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

HWY_POP_ATTRIBUTES
#endif
