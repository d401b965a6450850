#include "kernels/gemm.h"

#include "base/check.h"
#include "kernels/gemm_product.h"
#include "kernels/gemm_views.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

void multiply_f32(const Product<float>& p) { multiply_product(p); }
void multiply_f64(const Product<double>& p) { multiply_product(p); }
void pack_f32(const Factor<float>& b, float* panels) { pack_factor(b, panels); }
void pack_f64(const Factor<double>& b, double* panels) { pack_factor(b, panels); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(multiply_f32);
HWY_EXPORT(multiply_f64);
HWY_EXPORT(pack_f32);
HWY_EXPORT(pack_f64);

void multiply(const Product<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(multiply_f32)(p); }
void multiply(const Product<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(multiply_f64)(p); }
void pack(const Factor<float>& b, void* panels) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_f32)(b, static_cast<float*>(panels));
}
void pack(const Factor<double>& b, void* panels) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_f64)(b, static_cast<double*>(panels));
}

namespace {

template <class T>
using View = BasicMatrixView<const T>;
template <class T>
using Out = BasicMatrixView<T>;

template <class T>
void multiply_nt(View<T> a, View<T> b, Out<T> c, const Epilogue<T>& end) noexcept {
  ATTUNE_CHECK(a.columns == b.columns && c.columns == b.rows);
  multiply(product_of(a, b.data, b.stride, Layout::kRows, 0, c, end));
}

template <class T>
void multiply_nn(View<T> a, View<T> b, Out<T> c, const Epilogue<T>& end) noexcept {
  ATTUNE_CHECK(a.columns == b.rows && c.columns == b.columns);
  multiply(product_of(a, b.data, b.stride, Layout::kColumns, 0, c, end));
}

template <class T>
void multiply_tn(View<T> a, View<T> b, Out<T> c, Accumulate add) noexcept {
  multiply(turned_product_of(a, b, c, add));
}

}  // namespace

void gemm_nt(View<float> a, View<float> b, Out<float> c, const Epilogue<float>& end) noexcept {
  multiply_nt(a, b, c, end);
}
void gemm_nt(View<double> a, View<double> b, Out<double> c, const Epilogue<double>& end) noexcept {
  multiply_nt(a, b, c, end);
}
void gemm_nt(View<float> a, View<float> b, Out<float> c, Accumulate add) noexcept {
  multiply_nt(a, b, c, {.accumulate = add});
}
void gemm_nt(View<double> a, View<double> b, Out<double> c, Accumulate add) noexcept {
  multiply_nt(a, b, c, {.accumulate = add});
}

void gemm_nn(View<float> a, View<float> b, Out<float> c, const Epilogue<float>& end) noexcept {
  multiply_nn(a, b, c, end);
}
void gemm_nn(View<double> a, View<double> b, Out<double> c, const Epilogue<double>& end) noexcept {
  multiply_nn(a, b, c, end);
}
void gemm_nn(View<float> a, View<float> b, Out<float> c, Accumulate add) noexcept {
  multiply_nn(a, b, c, {.accumulate = add});
}
void gemm_nn(View<double> a, View<double> b, Out<double> c, Accumulate add) noexcept {
  multiply_nn(a, b, c, {.accumulate = add});
}

void gemm_tn(View<float> a, View<float> b, Out<float> c, Accumulate add) noexcept { multiply_tn(a, b, c, add); }
void gemm_tn(View<double> a, View<double> b, Out<double> c, Accumulate add) noexcept { multiply_tn(a, b, c, add); }

}  // namespace attune::kernels
#endif  // HWY_ONCE
