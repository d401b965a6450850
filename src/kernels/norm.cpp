#include "kernels/norm.h"

#include <cstddef>

#include "base/check.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes_inl.h"
// clang-format on

#ifndef ATTUNE_KERNELS_NORM_ONCE
#define ATTUNE_KERNELS_NORM_ONCE
namespace attune::kernels {
namespace {

enum class Centre { kNo, kYes };  // whether a row's mean is taken away

template <class T>
struct NormForward {
  const T* x;
  size_t x_stride;
  T* y;
  size_t y_stride;
  size_t rows, columns;
  NormWeights<T> weights;
  NormMoments<T> moments;
  T epsilon;
  Centre centre;
};

template <class T>
struct NormBackward {
  const T* x;
  size_t x_stride;
  const T* dy;
  size_t dy_stride;
  T* dx;
  size_t dx_stride;
  size_t rows, columns;
  NormWeights<T> weights;
  NormMoments<const T> moments;
  NormGradients<T> gradients;
  bool add;
  Centre centre;
};

}  // namespace
}  // namespace attune::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

template <class T>
using Vector = hn::Vec<hn::ScalableTag<T>>;

template <class T>
HWY_INLINE T sum_of(const T* x, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = sum0;
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    sum0 = hn::Add(sum0, hn::LoadU(d, x + i));
    sum1 = hn::Add(sum1, hn::LoadU(d, x + i + lanes));
  }
  for (; i < n; i += lanes) sum0 = hn::Add(sum0, load_up_to(d, x + i, at_most(n - i, lanes)));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}

// The sum of (x[i] - mean)^2.
template <class T>
HWY_INLINE T sum_of_squares_about(const T* x, T mean, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const auto centre = hn::Set(d, mean);
  auto sum0 = hn::Zero(d), sum1 = sum0;
  size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto x0 = hn::Sub(hn::LoadU(d, x + i), centre), x1 = hn::Sub(hn::LoadU(d, x + i + lanes), centre);
    sum0 = hn::MulAdd(x0, x0, sum0);
    sum1 = hn::MulAdd(x1, x1, sum1);
  }
  for (; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto v = count == lanes ? hn::LoadU(d, x + i) : load_some(d, x + i, count, mean);
    const auto x0 = hn::Sub(v, centre);
    sum0 = hn::MulAdd(x0, x0, sum0);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}

template <class T>
HWY_INLINE T reciprocal_root(T value) {
  const hn::ScalableTag<T> d;
  return hn::GetLane(hn::Div(hn::Set(d, T{1}), hn::Sqrt(hn::Set(d, value))));
}

template <Centre kCentre, class T>
HWY_INLINE void normalise_row(const NormForward<T>& p, size_t row) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d), n = p.columns;
  const T* x = p.x + row * p.x_stride;
  T* y = p.y + row * p.y_stride;
  const T size = static_cast<T>(n);
  const T mean = kCentre == Centre::kYes ? sum_of(x, n) / size : T{0};
  const T rstd = reciprocal_root(sum_of_squares_about(x, mean, n) / size + p.epsilon);
  if (kCentre == Centre::kYes) p.moments.mean[row] = mean;
  p.moments.rstd[row] = rstd;
  const auto centre = hn::Set(d, mean), factor = hn::Set(d, rstd);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    auto v = load_up_to(d, x + i, count);
    if (kCentre == Centre::kYes) v = hn::Sub(v, centre);
    v = hn::Mul(hn::Mul(v, factor), load_up_to(d, p.weights.gain + i, count));
    if (kCentre == Centre::kYes) v = hn::Add(v, load_up_to(d, p.weights.shift + i, count));
    store_up_to(d, v, y + i, count);
  }
}

template <class T>
void normalise(const NormForward<T>& p) {
  for (size_t row = 0; row < p.rows; ++row) {
    if (p.centre == Centre::kYes) {
      normalise_row<Centre::kYes>(p, row);
    } else {
      normalise_row<Centre::kNo>(p, row);
    }
  }
}

// With h = (x - mean) * rstd and g = dy * gain: dx = rstd * (g - mean(g) - h * mean(g * h)); RMSNorm lacks mean(g).
template <Centre kCentre, class T>
HWY_INLINE void differentiate_row(const NormBackward<T>& p, size_t row) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d), n = p.columns;
  const T* x = p.x + row * p.x_stride;
  const T* dy = p.dy + row * p.dy_stride;
  T* dx = p.dx + row * p.dx_stride;
  const auto centre = hn::Set(d, kCentre == Centre::kYes ? p.moments.mean[row] : T{0});
  const auto rstd = hn::Set(d, p.moments.rstd[row]);
  auto sum_g = hn::Zero(d), sum_gh = sum_g;
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto h = hn::Mul(hn::Sub(load_up_to(d, x + i, count), centre), rstd);
    const auto up = load_up_to(d, dy + i, count);
    const auto g = hn::Mul(up, load_up_to(d, p.weights.gain + i, count));
    sum_g = hn::Add(sum_g, g);
    sum_gh = hn::MulAdd(g, h, sum_gh);
    T* gain = p.gradients.gain + i;
    store_up_to(d, hn::MulAdd(up, h, load_up_to(d, gain, count)), gain, count);
    if (kCentre == Centre::kNo) continue;
    T* shift = p.gradients.shift + i;
    store_up_to(d, hn::Add(up, load_up_to(d, shift, count)), shift, count);
  }
  const auto share = hn::Set(d, T{1} / static_cast<T>(n));
  const auto mean_g = kCentre == Centre::kYes ? hn::Mul(hn::SumOfLanes(d, sum_g), share) : hn::Zero(d);
  const auto mean_gh = hn::Mul(hn::SumOfLanes(d, sum_gh), share);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    const auto h = hn::Mul(hn::Sub(load_up_to(d, x + i, count), centre), rstd);
    const auto g = hn::Mul(load_up_to(d, dy + i, count), load_up_to(d, p.weights.gain + i, count));
    auto v = hn::Mul(rstd, hn::Sub(g, hn::MulAdd(h, mean_gh, mean_g)));
    if (p.add) v = hn::Add(v, load_up_to(d, dx + i, count));
    store_up_to(d, v, dx + i, count);
  }
}

template <class T>
void differentiate(const NormBackward<T>& p) {
  for (size_t row = 0; row < p.rows; ++row) {
    if (p.centre == Centre::kYes) {
      differentiate_row<Centre::kYes>(p, row);
    } else {
      differentiate_row<Centre::kNo>(p, row);
    }
  }
}

void normalise_f32(const NormForward<float>& p) { normalise(p); }
void normalise_f64(const NormForward<double>& p) { normalise(p); }
void differentiate_f32(const NormBackward<float>& p) { differentiate(p); }
void differentiate_f64(const NormBackward<double>& p) { differentiate(p); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(normalise_f32);
HWY_EXPORT(normalise_f64);
HWY_EXPORT(differentiate_f32);
HWY_EXPORT(differentiate_f64);

namespace {

void run(const NormForward<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(normalise_f32)(p); }
void run(const NormForward<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(normalise_f64)(p); }
void run(const NormBackward<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(differentiate_f32)(p); }
void run(const NormBackward<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(differentiate_f64)(p); }

template <class T>
void forward(BasicMatrixView<const T> x, NormWeights<T> weights, T epsilon, BasicMatrixView<T> y, NormMoments<T> kept,
             Centre centre) noexcept {
  ATTUNE_CHECK(y.rows == x.rows && y.columns == x.columns);
  run(NormForward<T>{x.data, x.stride, y.data, y.stride, x.rows, x.columns, weights, kept, epsilon, centre});
}

template <class T>
void backward(BasicMatrixView<const T> x, NormWeights<T> weights, NormMoments<const T> kept,
              BasicMatrixView<const T> dy, BasicMatrixView<T> dx, Accumulate add, NormGradients<T> gradients,
              Centre centre) noexcept {
  ATTUNE_CHECK(dy.rows == x.rows && dy.columns == x.columns && dx.rows == x.rows && dx.columns == x.columns);
  run(NormBackward<T>{x.data, x.stride, dy.data, dy.stride, dx.data, dx.stride, x.rows, x.columns, weights, kept,
                      gradients, add == Accumulate::kYes, centre});
}

}  // namespace

void layer_norm(BasicMatrixView<const float> x, NormWeights<float> weights, float epsilon, BasicMatrixView<float> y,
                NormMoments<float> kept) noexcept {
  forward(x, weights, epsilon, y, kept, Centre::kYes);
}
void layer_norm(BasicMatrixView<const double> x, NormWeights<double> weights, double epsilon, BasicMatrixView<double> y,
                NormMoments<double> kept) noexcept {
  forward(x, weights, epsilon, y, kept, Centre::kYes);
}

void layer_norm_backward(BasicMatrixView<const float> x, NormWeights<float> weights, NormMoments<const float> kept,
                         BasicMatrixView<const float> dy, BasicMatrixView<float> dx, Accumulate add,
                         NormGradients<float> gradients) noexcept {
  backward(x, weights, kept, dy, dx, add, gradients, Centre::kYes);
}
void layer_norm_backward(BasicMatrixView<const double> x, NormWeights<double> weights, NormMoments<const double> kept,
                         BasicMatrixView<const double> dy, BasicMatrixView<double> dx, Accumulate add,
                         NormGradients<double> gradients) noexcept {
  backward(x, weights, kept, dy, dx, add, gradients, Centre::kYes);
}

void rms_norm(BasicMatrixView<const float> x, NormWeights<float> weights, float epsilon, BasicMatrixView<float> y,
              NormMoments<float> kept) noexcept {
  forward(x, weights, epsilon, y, kept, Centre::kNo);
}
void rms_norm(BasicMatrixView<const double> x, NormWeights<double> weights, double epsilon, BasicMatrixView<double> y,
              NormMoments<double> kept) noexcept {
  forward(x, weights, epsilon, y, kept, Centre::kNo);
}

void rms_norm_backward(BasicMatrixView<const float> x, NormWeights<float> weights, NormMoments<const float> kept,
                       BasicMatrixView<const float> dy, BasicMatrixView<float> dx, Accumulate add,
                       NormGradients<float> gradients) noexcept {
  backward(x, weights, kept, dy, dx, add, gradients, Centre::kNo);
}
void rms_norm_backward(BasicMatrixView<const double> x, NormWeights<double> weights, NormMoments<const double> kept,
                       BasicMatrixView<const double> dy, BasicMatrixView<double> dx, Accumulate add,
                       NormGradients<double> gradients) noexcept {
  backward(x, weights, kept, dy, dx, add, gradients, Centre::kNo);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
