#include "kernels/activation.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes_inl.h"
#include "kernels/sigmoid_inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

struct Relu {
  template <class D, class V>
  static HWY_INLINE V value(D d, V x) {
    return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V y, V dy) {
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  }
};

struct Sigmoid {
  template <class D, class V>
  static HWY_INLINE V value(D d, V x) {
    return sigmoid_of(d, x);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D, V y, V dy) {
    return hn::Mul(dy, hn::NegMulAdd(y, y, y));
  }
};

// The derivative of x s, s = sigmoid(x), is s + x s (1 - s).
struct Silu {
  template <class D, class V>
  static HWY_INLINE V value(D d, V x) {
    return hn::Mul(x, sigmoid_of(d, x));
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V x, V dy) {
    const auto s = sigmoid_of(d, x);
    return hn::Mul(dy, hn::MulAdd(x, hn::NegMulAdd(s, s, s), s));
  }
};

// 1/2 (1 + tanh(u)) is sigmoid(2 u). Beyond 12 it is within 1e-61 of 0 or 1, so the powers of x may stop there, before
// they overflow.
struct Gelu {
  static constexpr double kTwoRoots = 1.5957691216057308;  // 2 sqrt(2 / pi)
  static constexpr double kCubic = 0.044715;

  template <class D, class V>
  static HWY_INLINE V limited(D d, V x) {
    const auto limit = hn::Set(d, hn::TFromD<D>{12});
    const auto low = hn::Neg(limit);
    x = hn::IfThenElse(hn::Gt(x, limit), limit, x);
    return hn::IfThenElse(hn::Lt(x, low), low, x);
  }
  template <class D, class V>
  static HWY_INLINE V gate(D d, V x) {
    using T = hn::TFromD<D>;
    const auto cubic = hn::Set(d, static_cast<T>(kTwoRoots * kCubic)), linear = hn::Set(d, static_cast<T>(kTwoRoots));
    return sigmoid_of(d, hn::Mul(x, hn::MulAdd(hn::Mul(x, x), cubic, linear)));
  }
  template <class D, class V>
  static HWY_INLINE V value(D d, V x) {
    return hn::Mul(x, gate(d, limited(d, x)));
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V x, V dy) {
    using T = hn::TFromD<D>;
    x = limited(d, x);
    const auto s = gate(d, x);
    const auto cubic = hn::Set(d, static_cast<T>(3 * kTwoRoots * kCubic));
    const auto inner = hn::MulAdd(hn::Mul(x, x), cubic, hn::Set(d, static_cast<T>(kTwoRoots)));
    return hn::Mul(dy, hn::MulAdd(hn::Mul(x, inner), hn::NegMulAdd(s, s, s), s));
  }
};

template <class F, class T>
HWY_INLINE void map(const T* x, T* y, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(F::value(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < n) store_some(d, F::value(d, load_some(d, x + i, n - i, T{0})), y + i, n - i);
}

template <class F, class T>
HWY_INLINE void map_slope(const T* saved, const T* dy, T* dx, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(F::slope(d, hn::LoadU(d, saved + i), hn::LoadU(d, dy + i)), d, dx + i);
  }
  if (i == n) return;
  const auto last = F::slope(d, load_some(d, saved + i, n - i, T{0}), load_some(d, dy + i, n - i, T{0}));
  store_some(d, last, dx + i, n - i);
}

template <class T>
void activate_of(Activation kind, const T* x, T* y, size_t n) {
  switch (kind) {
    case Activation::kNone:
      for (size_t i = 0; i < n; ++i) y[i] = x[i];
      return;
    case Activation::kRelu:
      return map<Relu>(x, y, n);
    case Activation::kSilu:
      return map<Silu>(x, y, n);
    case Activation::kGelu:
      return map<Gelu>(x, y, n);
    case Activation::kSigmoid:
      return map<Sigmoid>(x, y, n);
  }
}

template <class T>
void slope_of(Activation kind, const T* saved, const T* dy, T* dx, size_t n) {
  switch (kind) {
    case Activation::kNone:
      for (size_t i = 0; i < n; ++i) dx[i] = dy[i];
      return;
    case Activation::kRelu:
      return map_slope<Relu>(saved, dy, dx, n);
    case Activation::kSilu:
      return map_slope<Silu>(saved, dy, dx, n);
    case Activation::kGelu:
      return map_slope<Gelu>(saved, dy, dx, n);
    case Activation::kSigmoid:
      return map_slope<Sigmoid>(saved, dy, dx, n);
  }
}

template <class T>
void swiglu_of(Gated<const T> in, T* y, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto gate = load_up_to(d, in.gate + i, count), value = load_up_to(d, in.value + i, count);
    store_up_to(d, hn::Mul(Silu::value(d, gate), value), y + i, count);
  }
}

template <class T>
void swiglu_slope_of(Gated<const T> in, const T* dy, Gated<T> out, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto gate = load_up_to(d, in.gate + i, count), value = load_up_to(d, in.value + i, count);
    const auto up = load_up_to(d, dy + i, count);
    const auto s = sigmoid_of(d, gate);
    const auto slope = hn::MulAdd(gate, hn::NegMulAdd(s, s, s), s);
    store_up_to(d, hn::Mul(up, hn::Mul(gate, s)), out.value + i, count);
    store_up_to(d, hn::Mul(hn::Mul(up, value), slope), out.gate + i, count);
  }
}

template <class T>
void residual_of(const T* x, Gated<const T> in, T* y, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto s = sigmoid_of(d, load_up_to(d, in.gate + i, count));
    const auto sum = hn::MulAdd(s, load_up_to(d, in.value + i, count), load_up_to(d, x + i, count));
    store_up_to(d, sum, y + i, count);
  }
}

template <class T>
void residual_slope_of(Gated<const T> in, const T* dy, Gated<T> out, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto s = sigmoid_of(d, load_up_to(d, in.gate + i, count));
    const auto value = load_up_to(d, in.value + i, count), up = load_up_to(d, dy + i, count);
    store_up_to(d, hn::Mul(up, s), out.value + i, count);
    store_up_to(d, hn::Mul(hn::Mul(up, value), hn::NegMulAdd(s, s, s)), out.gate + i, count);
  }
}

#define ATTUNE_BODIES(T, suffix)                                                                                   \
  void activate_##suffix(Activation kind, const T* x, T* y, size_t n) { activate_of(kind, x, y, n); }              \
  void slope_##suffix(Activation kind, const T* x, const T* dy, T* dx, size_t n) { slope_of(kind, x, dy, dx, n); } \
  void swiglu_##suffix(Gated<const T> in, T* y, size_t n) { swiglu_of(in, y, n); }                                 \
  void swiglu_slope_##suffix(Gated<const T> in, const T* dy, Gated<T> out, size_t n) {                             \
    swiglu_slope_of(in, dy, out, n);                                                                               \
  }                                                                                                                \
  void residual_##suffix(const T* x, Gated<const T> in, T* y, size_t n) { residual_of(x, in, y, n); }              \
  void residual_slope_##suffix(Gated<const T> in, const T* dy, Gated<T> out, size_t n) {                           \
    residual_slope_of(in, dy, out, n);                                                                             \
  }
ATTUNE_BODIES(float, f32)
ATTUNE_BODIES(double, f64)
#undef ATTUNE_BODIES

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

#define ATTUNE_DISPATCH(T, suffix)                                                                                  \
  HWY_EXPORT(activate_##suffix);                                                                                    \
  HWY_EXPORT(slope_##suffix);                                                                                       \
  HWY_EXPORT(swiglu_##suffix);                                                                                      \
  HWY_EXPORT(swiglu_slope_##suffix);                                                                                \
  HWY_EXPORT(residual_##suffix);                                                                                    \
  HWY_EXPORT(residual_slope_##suffix);                                                                              \
  void activate(Activation kind, const T* x, T* y, std::size_t n) noexcept {                                        \
    HWY_DYNAMIC_DISPATCH(activate_##suffix)(kind, x, y, n);                                                         \
  }                                                                                                                 \
  void activate_backward(Activation kind, const T* saved, const T* dy, T* dx, std::size_t n) noexcept {             \
    HWY_DYNAMIC_DISPATCH(slope_##suffix)(kind, saved, dy, dx, n);                                                   \
  }                                                                                                                 \
  void swiglu(Gated<const T> in, T* y, std::size_t n) noexcept { HWY_DYNAMIC_DISPATCH(swiglu_##suffix)(in, y, n); } \
  void swiglu_backward(Gated<const T> in, const T* dy, Gated<T> out, std::size_t n) noexcept {                      \
    HWY_DYNAMIC_DISPATCH(swiglu_slope_##suffix)(in, dy, out, n);                                                    \
  }                                                                                                                 \
  void gated_residual(const T* x, Gated<const T> in, T* y, std::size_t n) noexcept {                                \
    HWY_DYNAMIC_DISPATCH(residual_##suffix)(x, in, y, n);                                                           \
  }                                                                                                                 \
  void gated_residual_backward(Gated<const T> in, const T* dy, Gated<T> out, std::size_t n) noexcept {              \
    HWY_DYNAMIC_DISPATCH(residual_slope_##suffix)(in, dy, out, n);                                                  \
  }

ATTUNE_DISPATCH(float, f32)
ATTUNE_DISPATCH(double, f64)
#undef ATTUNE_DISPATCH

}  // namespace attune::kernels
#endif  // HWY_ONCE
