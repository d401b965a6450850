#if defined(ATTUNE_KERNELS_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_KERNELS_EXP_INL_H
#undef ATTUNE_KERNELS_EXP_INL_H
#else
#define ATTUNE_KERNELS_EXP_INL_H
#endif

// exp of a vector. Internal to this folder; compiled once for each instruction set, inside the files that include it.

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The halves of ln 2 (so that n * kHigh is exact), the ends of the range, and the coefficients of q in
// 2 exp(r) = 2 + 2 r + r^2 q(r), fitted for the least relative error over |r| <= ln 2 / 2: 3e-9 and 4e-18.
struct ExpOfFloat {
  static constexpr float kHigh = 0.693359375f, kLow = -2.1219444e-4f, kLowest = -86.98f, kHighest = 89.0f;
  static constexpr float kRounder = 12582912.0f + 126.0f;  // 1.5 * 2^23, and the exponent's bias less 1
  static constexpr int kMantissa = 23;
  static constexpr float kQ[] = {0.99999988f, 0.33333042f, 0.083336785f, 0.016737491f, 0.002762907f};
};

struct ExpOfDouble {
  static constexpr double kHigh = 0.693145751953125, kLow = 1.4286068203094172e-6, kLowest = -708.05, kHighest = 710.0;
  static constexpr double kRounder = 6755399441055744.0 + 1022.0;
  static constexpr int kMantissa = 52;
  static constexpr double kQ[] = {1.0000000000000022,    0.33333333333332826,    0.08333333333305865,
                                  0.016666666666988104,  0.0027777777887704864,  0.0003968253901566886,
                                  4.960298572851443e-05, 5.5115169886856485e-06, 5.526066761606547e-07,
                                  5.0001219492392044e-08};
};

HWY_INLINE ExpOfFloat exp_constants(float) { return {}; }
HWY_INLINE ExpOfDouble exp_constants(double) { return {}; }

// exp(x) as 2 exp(r) * 2^(n - 1) with x = n ln 2 + r, so that all of T's range above kLowest is reached with one
// factor; what is below becomes 0, what is too large inf, and NaN stays. Highway's own takes more than twice as long,
// to get denormal results right, and loses NaN.
template <class D, class V>
HWY_INLINE V exp_of(D d, V x) {
  using Constants = decltype(exp_constants(hn::TFromD<D>{}));
  constexpr size_t kDegree = sizeof(Constants::kQ) / sizeof(Constants::kQ[0]) - 1;
  const hn::RebindToSigned<D> integers;
  const auto rounder = hn::Set(d, Constants::kRounder);
  const auto highest = hn::Set(d, Constants::kHighest);
  const auto in_range = hn::IfThenElse(hn::Gt(x, highest), highest, x);  // Min would lose a NaN on some targets
  const auto shifted = hn::MulAdd(in_range, hn::Set(d, static_cast<hn::TFromD<D>>(1.4426950408889634)), rounder);
  const auto n = hn::Sub(shifted, rounder);
  auto r = hn::NegMulAdd(n, hn::Set(d, Constants::kHigh), in_range);
  r = hn::NegMulAdd(n, hn::Set(d, Constants::kLow), r);
  auto q = hn::Set(d, Constants::kQ[kDegree]);
#pragma GCC unroll 16
  for (size_t i = kDegree; i > 0; --i) q = hn::MulAdd(q, r, hn::Set(d, Constants::kQ[i - 1]));
  const auto two = hn::Set(d, hn::TFromD<D>{2});
  const auto doubled = hn::MulAdd(hn::Mul(r, r), q, hn::MulAdd(two, r, two));
  const auto power = hn::BitCast(d, hn::ShiftLeft<Constants::kMantissa>(hn::BitCast(integers, shifted)));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, Constants::kLowest)), hn::Mul(doubled, power));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#endif
