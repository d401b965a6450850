#include "kernels/int8_scan.h"

#include <algorithm>

#include "base/check.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/int8_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

// How it works. A panel holds four columns of 32 rows side by side; a lane of 32 bits sums the four products of a row.
#ifndef ATTUNE_KERNELS_INT8_SCAN_ONCE
#define ATTUNE_KERNELS_INT8_SCAN_ONCE
namespace attune::kernels {
namespace {

// One query and a run of panels; scores has room for all rows of them.
struct Int8Task {
  const std::int8_t* query;
  float query_scale;
  std::size_t groups;  // of four columns
  const std::int8_t* panels;
  const float* scales;
  const std::int32_t* sums;
  std::size_t count;  // panels
  float* scores;
};

constexpr std::size_t kPanelRows = Int8Rows::kPanel;
constexpr std::size_t kGroupBytes = 4 * kPanelRows;

}  // namespace
}  // namespace attune::kernels
#endif

// Highway's AVX3_DL implies the instruction, but its attributes lack it.
#if HWY_TARGET == HWY_AVX3_DL && HWY_COMPILER_GCC && !HWY_COMPILER_CLANG
#define ATTUNE_KERNELS_VNNI 1
HWY_PUSH_ATTRIBUTES("avx512vnni")
#else
#define ATTUNE_KERNELS_VNNI 0
#endif

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE int32_t group_of(const int8_t* query, size_t group) {
  int32_t bits;
  __builtin_memcpy(&bits, query + 4 * group, sizeof(bits));
  return bits;
}

#if ATTUNE_KERNELS_VNNI

// VPDPBUSD multiplies unsigned by signed: the query is raised by 128, and 128 times the sum of the row taken off.
HWY_INLINE void dot_panel(const Int8Task& task, const int8_t* panel, const int32_t* sums, int32_t* dots) {
  const hn::ScalableTag<int32_t> d;
  __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0;
  const __m512i raise = _mm512_set1_epi8(static_cast<char>(-128));
  for (size_t g = 0; g < task.groups; ++g, panel += kGroupBytes) {
    const __m512i query = _mm512_xor_si512(_mm512_set1_epi32(group_of(task.query, g)), raise);
    sum0 = _mm512_dpbusd_epi32(sum0, query, _mm512_load_si512(panel));
    sum1 = _mm512_dpbusd_epi32(sum1, query, _mm512_load_si512(panel + 64));
  }
  const auto raised0 = hn::ShiftLeft<7>(hn::Load(d, sums)), raised1 = hn::ShiftLeft<7>(hn::Load(d, sums + 16));
  hn::Store(hn::Sub(hn::Vec<decltype(d)>{sum0}, raised0), d, dots);
  hn::Store(hn::Sub(hn::Vec<decltype(d)>{sum1}, raised1), d, dots + 16);
}

#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL

// PMADDUBSW multiplies unsigned by signed and adds pairs in 16 bits. With the query's sizes as the unsigned factor, its
// signs moved to the row, and all sizes at most 127, a pair is at most 32258 and never saturates.
HWY_INLINE void dot_panel(const Int8Task& task, const int8_t* panel, const int32_t*, int32_t* dots) {
  __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t g = 0; g < task.groups; ++g, panel += kGroupBytes) {
    const __m256i query = _mm256_set1_epi32(group_of(task.query, g));
    const __m256i sizes = _mm256_abs_epi8(query);
#pragma GCC unroll 4
    for (size_t v = 0; v < 4; ++v) {
      const __m256i rows = _mm256_load_si256(reinterpret_cast<const __m256i*>(panel) + v);
      const __m256i pairs = _mm256_maddubs_epi16(sizes, _mm256_sign_epi8(rows, query));
      sums[v] = _mm256_add_epi32(sums[v], _mm256_madd_epi16(pairs, ones));
    }
  }
#pragma GCC unroll 4
  for (size_t v = 0; v < 4; ++v) _mm256_store_si256(reinterpret_cast<__m256i*>(dots) + v, sums[v]);
}

#elif HWY_TARGET == HWY_SSE4

HWY_INLINE void dot_panel(const Int8Task& task, const int8_t* panel, const int32_t*, int32_t* dots) {
  __m128i sums[8];
#pragma GCC unroll 8
  for (size_t v = 0; v < 8; ++v) sums[v] = _mm_setzero_si128();
  const __m128i ones = _mm_set1_epi16(1);
  for (size_t g = 0; g < task.groups; ++g, panel += kGroupBytes) {
    const __m128i query = _mm_set1_epi32(group_of(task.query, g));
    const __m128i sizes = _mm_abs_epi8(query);
#pragma GCC unroll 8
    for (size_t v = 0; v < 8; ++v) {
      const __m128i rows = _mm_load_si128(reinterpret_cast<const __m128i*>(panel) + v);
      const __m128i pairs = _mm_maddubs_epi16(sizes, _mm_sign_epi8(rows, query));
      sums[v] = _mm_add_epi32(sums[v], _mm_madd_epi16(pairs, ones));
    }
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < 8; ++v) _mm_store_si128(reinterpret_cast<__m128i*>(dots) + v, sums[v]);
}

#else

HWY_INLINE void dot_panel(const Int8Task& task, const int8_t* panel, const int32_t*, int32_t* dots) {
  for (size_t r = 0; r < kPanelRows; ++r) dots[r] = 0;
  for (size_t g = 0; g < task.groups; ++g, panel += kGroupBytes) {
    const int8_t* query = task.query + 4 * g;
    for (size_t r = 0; r < kPanelRows; ++r) {
      const int8_t* row = panel + 4 * r;
      dots[r] += query[0] * row[0] + query[1] * row[1] + query[2] * row[2] + query[3] * row[3];
    }
  }
}

#endif

void scan_panels(const Int8Task& task) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<int32_t> integers;
  const auto scale = hn::Set(d, task.query_scale);
  for (size_t p = 0; p < task.count; ++p) {
    HWY_ALIGN_MAX int32_t dots[kPanelRows];
    dot_panel(task, task.panels + p * task.groups * kGroupBytes, task.sums + p * kPanelRows, dots);
    for (size_t r = 0; r < kPanelRows; r += hn::MaxLanes(d)) {
      const auto dot = hn::ConvertTo(d, hn::Load(integers, dots + r));
      const auto row_scale = hn::LoadU(d, task.scales + p * kPanelRows + r);
      hn::StoreU(hn::Mul(hn::Mul(dot, row_scale), scale), d, task.scores + p * kPanelRows + r);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if ATTUNE_KERNELS_VNNI
HWY_POP_ATTRIBUTES
#endif
#undef ATTUNE_KERNELS_VNNI

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(scan_panels);

namespace {

constexpr std::size_t kBlockRows = 512;  // of width 64, 32 KB: half of the L2 cache of small CPUs stays free

// The scores of whole panels [first, first + count).
void scan_whole(const Int8Rows& rows, const Int8Query& query, std::size_t first, std::size_t count, float* scores) {
  if (count == 0) return;
  HWY_DYNAMIC_DISPATCH(scan_panels)
  ({query.values(), query.scale(), (rows.columns() + 3) / 4, rows.panel(first), rows.scales() + first * kPanelRows,
    rows.sums() + first * kPanelRows, count, scores});
}

}  // namespace

void scan(const Int8Rows& rows, const Int8Query& query, std::size_t first, std::span<float> scores) noexcept {
  ATTUNE_CHECK(query.size() == rows.columns() && first <= rows.rows() && scores.size() <= rows.rows() - first);
  float panel[kPanelRows];
  for (std::size_t done = 0; done < scores.size();) {
    const std::size_t row = first + done, shift = row % kPanelRows, left = scores.size() - done;
    if (shift == 0 && left >= kPanelRows) {
      const std::size_t panels = left / kPanelRows;
      scan_whole(rows, query, row / kPanelRows, panels, scores.data() + done);
      done += panels * kPanelRows;
      continue;
    }
    const std::size_t count = std::min(kPanelRows - shift, left);
    scan_whole(rows, query, row / kPanelRows, 1, panel);
    std::copy_n(panel + shift, count, scores.data() + done);
    done += count;
  }
}

void scan(const Int8Rows& rows, std::span<const Int8Query> queries, std::size_t first, std::size_t count,
          std::span<TopK<float>> best) {
  ATTUNE_CHECK(queries.size() == best.size() && first <= rows.rows() && count <= rows.rows() - first);
  float scores[kBlockRows];
  for (std::size_t done = 0; done < count;) {
    const std::size_t row = first + done;
    const std::size_t block = std::min(kBlockRows - row % kBlockRows, count - done);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      scan(rows, queries[q], row, {scores, block});
      best[q].offer({scores, block}, static_cast<std::uint32_t>(row));
    }
    done += block;
  }
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
