#include "kernels/bf16_dot.h"

#include "kernels/targets.h"

// Highway has neither the instruction nor a target that has it. Everything is in an unnamed namespace but the two
// functions: nothing else may leave an object that not every CPU can run.
#if ATTUNE_KERNELS_BF16
#include <immintrin.h>

#undef HWY_TARGET
#define HWY_TARGET HWY_AVX3_DL
#include <hwy/highway.h>

HWY_PUSH_ATTRIBUTES("avx512bf16")
// GCC 12 takes the undefined value inside its own intrinsics for one of ours.
HWY_DIAGNOSTICS(push)
HWY_DIAGNOSTICS_OFF(disable : 4700, ignored "-Wuninitialized")
HWY_DIAGNOSTICS_OFF(disable : 4701, ignored "-Wmaybe-uninitialized")

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace {

constexpr std::size_t kLanes = 16;

HWY_INLINE __mmask16 first_lanes(std::size_t n) {
  return static_cast<__mmask16>(n >= kLanes ? 0xffffu : (1u << n) - 1);
}

HWY_INLINE __m256i rounded(__m512 value) { return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)); }
HWY_INLINE __m512i rounded(__m512 first, __m512 second) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
}

// exp(x - shift) as 2^y with y = x / ln 2 - `scaled_shift`: 2^(y - floor y), by a polynomial fitted for the least
// relative error over [0, 1), 2.6e-6, times 2^floor(y). What is too large becomes inf; NaN stays.
HWY_INLINE __m512 exp_of_scaled(__m512 x, __m512 scaled_shift) {
  constexpr float kCoefficients[] = {1.0000026f, 0.69300383f, 0.24144275f, 0.05201146f, 0.013534168f};
  constexpr int kLessFloor = 0x01;
  const __m512 y = _mm512_fmsub_ps(x, _mm512_set1_ps(1.4426950408889634f), scaled_shift);
  const __m512 r = _mm512_reduce_ps(y, kLessFloor);
  __m512 power = _mm512_set1_ps(kCoefficients[4]);
#pragma GCC unroll 4
  for (int i = 3; i >= 0; --i) power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(kCoefficients[i]));
  return _mm512_scalef_ps(power, y);
}

}  // namespace

void round_to_bf16_dot(const float* from, Bf16* to, std::size_t n) noexcept {
  std::size_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    _mm512_storeu_si512(to + i, rounded(_mm512_loadu_ps(from + i), _mm512_loadu_ps(from + i + kLanes)));
  }
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    _mm256_mask_storeu_epi16(to + i, lanes, rounded(_mm512_maskz_loadu_ps(lanes, from + i)));
  }
}

// Eight vectors are added in float before they are widened.
double exp_to_bf16_dot(const float* x, float shift, Bf16* y, std::size_t n) noexcept {
  constexpr std::size_t kStep = 8 * kLanes;
  const __m512 scaled_shift = _mm512_set1_ps(shift * 1.4426950408889634f);
  __m512d sum = _mm512_setzero_pd();
  const auto add = [&sum](__m512 part) {
    const __m256 low = _mm512_castps512_ps256(part), high = _mm512_extractf32x8_ps(part, 1);
    sum = _mm512_add_pd(sum, _mm512_add_pd(_mm512_cvtps_pd(low), _mm512_cvtps_pd(high)));
  };
  std::size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
#pragma GCC unroll 4
    for (std::size_t j = i; j < i + kStep; j += 2 * kLanes) {
      const __m512 first = exp_of_scaled(_mm512_loadu_ps(x + j), scaled_shift);
      const __m512 second = exp_of_scaled(_mm512_loadu_ps(x + j + kLanes), scaled_shift);
      _mm512_storeu_si512(y + j, rounded(first, second));
      even = _mm512_add_ps(even, first);
      odd = _mm512_add_ps(odd, second);
    }
    add(_mm512_add_ps(even, odd));
  }
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i);
    const __m512 e = exp_of_scaled(_mm512_maskz_loadu_ps(lanes, x + i), scaled_shift);
    _mm256_mask_storeu_epi16(y + i, lanes, rounded(e));
    add(_mm512_maskz_mov_ps(lanes, e));
  }
  return _mm512_reduce_add_pd(sum);
}

}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

HWY_DIAGNOSTICS(pop)
HWY_POP_ATTRIBUTES
#endif
