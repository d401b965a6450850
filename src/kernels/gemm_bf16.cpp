#include "kernels/gemm_bf16.h"

#include "base/check.h"
#include "kernels/gemm_bf16_amx.h"
#include "kernels/gemm_bf16_dot.h"
#include "kernels/gemm_product.h"
#include "kernels/gemm_views.h"
#include "kernels/isa.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm_bf16.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

void multiply_bf16(const Product<Bf16>& p) { multiply_product(p); }
void pack_bf16(const Factor<Bf16>& b, std::uint32_t* panels) { pack_factor(b, panels); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(multiply_bf16);
HWY_EXPORT(pack_bf16);

void multiply(const Product<Bf16>& p) noexcept {
#if ATTUNE_KERNELS_BF16
  if (bf16_products() == Bf16Products::kTile) return multiply_bf16_amx(p);
  if (bf16_products() == Bf16Products::kDot) return multiply_bf16_dot(p);
#endif
  HWY_DYNAMIC_DISPATCH(multiply_bf16)(p);
}

void pack(const Factor<Bf16>& b, void* panels) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_bf16)(b, static_cast<std::uint32_t*>(panels));
}

namespace {

using View = BasicMatrixView<const Bf16>;
using Out = BasicMatrixView<float>;

}  // namespace

void gemm_nt(View a, View b, Out c, const Epilogue<float>& end) noexcept {
  ATTUNE_CHECK(a.columns == b.columns && c.columns == b.rows);
  multiply(product_of(a, b.data, b.stride, Layout::kRows, 0, c, end));
}
void gemm_nt(View a, View b, Out c, Accumulate add) noexcept { gemm_nt(a, b, c, Epilogue<float>{.accumulate = add}); }

void gemm_nn(View a, View b, Out c, const Epilogue<float>& end) noexcept {
  ATTUNE_CHECK(a.columns == b.rows && c.columns == b.columns);
  multiply(product_of(a, b.data, b.stride, Layout::kColumns, 0, c, end));
}
void gemm_nn(View a, View b, Out c, Accumulate add) noexcept { gemm_nn(a, b, c, Epilogue<float>{.accumulate = add}); }

void gemm_tn(View a, View b, Out c, Accumulate add) noexcept { multiply(turned_product_of(a, b, c, add)); }

}  // namespace attune::kernels
#endif  // HWY_ONCE
