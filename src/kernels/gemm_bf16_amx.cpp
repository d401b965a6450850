#include "kernels/gemm_bf16_amx.h"

#include "kernels/targets.h"

// The loops of a product around tiles of AMX instead of vectors. Highway has no target of that kind, so what is done on
// vectors here is AVX3_DL's. Everything is in an unnamed namespace but the one function: nothing else may leave an
// object that not every CPU can run.
#if ATTUNE_KERNELS_BF16
#include <immintrin.h>

#undef HWY_TARGET
#define HWY_TARGET HWY_AVX3_DL
#include <hwy/highway.h>

HWY_PUSH_ATTRIBUTES("amx-tile,amx-bf16")
// GCC 12 takes the undefined value inside its own intrinsics for one of ours.
HWY_DIAGNOSTICS(push)
HWY_DIAGNOSTICS_OFF(disable : 4700, ignored "-Wuninitialized")
HWY_DIAGNOSTICS_OFF(disable : 4701, ignored "-Wmaybe-uninitialized")

#include "kernels/gemm_inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr size_t kSide = 16;  // rows of a tile, and its columns of sums or units
constexpr size_t kRowBytes = kSide * sizeof(float);
constexpr size_t kDeep = kSide * Operand<Bf16>::kValues;  // of k, what a tile of A holds of a row
static_assert(kPanel<Bf16> == 2 * kSide && kDepth % kSide == 0);

// Four tiles of sums, two above two; two of A, one above the other; two of B, side by side. The numbers are part of the
// instructions, so they are written out below.
enum TileNumber { kSums00, kSums01, kSums10, kSums11, kAbove, kBelow, kLeft, kRight };

// What LDTILECFG reads. A tile of no rows is one that is not used.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

// For products of `above` and `below` rows of A, and `units` of k at a time.
HWY_INLINE void shape_tiles(size_t above, size_t below, size_t units) {
  TileShapes shapes;
  const auto set = [&shapes](TileNumber tile, size_t rows, size_t bytes) {
    shapes.rows[tile] = static_cast<std::uint8_t>(rows);
    shapes.row_bytes[tile] = static_cast<std::uint16_t>(rows == 0 ? 0 : bytes);
  };
  for (const TileNumber sums : {kSums00, kSums01}) set(sums, above, kRowBytes);
  for (const TileNumber sums : {kSums10, kSums11}) set(sums, below, kRowBytes);
  set(kAbove, above, units * sizeof(UnitOf<Bf16>));
  set(kBelow, below, units * sizeof(UnitOf<Bf16>));
  for (const TileNumber factor : {kLeft, kRight}) set(factor, units, kRowBytes);
  asm volatile("" : : "r"(&shapes) : "memory");  // GCC 12 takes the next line to read 8 bytes, and drops the others
  _tile_loadconfig(&shapes);
}

// Where the sums of a panel begin, and where they go: 32 floats a row, `step` bytes from one row to the next.
struct Sums {
  const float* start;  // null: zero
  size_t start_step;   // 0 where all rows begin alike
  float* c;
  size_t step;
};

// Sums of 32 rows, or fewer, and the 32 columns of a panel over `steps` tiles along k.
// Not inlined: GCC 12 does not know that loads of tiles read memory, but it knows that a call may.
template <bool kTwoHigh>
HWY_NOINLINE void multiply_panel(const Bf16* a, size_t a_step, const UnitOf<Bf16>* b, size_t steps, const Sums& to) {
  constexpr size_t kPanelStep = kPanel<Bf16> * sizeof(UnitOf<Bf16>);
  if (to.start == nullptr) {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (kTwoHigh) {
      _tile_zero(2);
      _tile_zero(3);
    }
  } else {
    const char* start = reinterpret_cast<const char*>(to.start);
    _tile_loadd(0, start, to.start_step);
    _tile_loadd(1, start + kRowBytes, to.start_step);
    if constexpr (kTwoHigh) {
      _tile_loadd(2, start + kSide * to.start_step, to.start_step);
      _tile_loadd(3, start + kSide * to.start_step + kRowBytes, to.start_step);
    }
  }
  const char* below = reinterpret_cast<const char*>(a) + kSide * a_step;
  for (size_t i = 0; i < steps; ++i, a += kDeep, below += kRowBytes, b += kSide * kPanel<Bf16>) {
    _tile_loadd(4, a, a_step);
    _tile_loadd(6, b, kPanelStep);
    _tile_loadd(7, b + kSide, kPanelStep);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (kTwoHigh) {
      _tile_loadd(5, below, a_step);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  char* c = reinterpret_cast<char*>(to.c);
  _tile_stored(0, c, to.step);
  _tile_stored(1, c + kRowBytes, to.step);
  if constexpr (kTwoHigh) {
    _tile_stored(2, c + kSide * to.step, to.step);
    _tile_stored(3, c + kSide * to.step + kRowBytes, to.step);
  }
}

// What tiles read of k at a time: whole tiles along the rows of A, or what is left after them, from a copy.
struct Depth {
  const Bf16* a;
  size_t a_step;  // bytes
  size_t from;    // units before it
  size_t steps;
};

HWY_INLINE void multiply_panel(bool two_high, const Depth& depth, const UnitOf<Bf16>* panel, const Sums& to) {
  const UnitOf<Bf16>* b = panel + depth.from * kPanel<Bf16>;
  if (two_high) {
    multiply_panel<true>(depth.a, depth.a_step, b, depth.steps, to);
  } else {
    multiply_panel<false>(depth.a, depth.a_step, b, depth.steps, to);
  }
}

// The columns [from, to) of a panel of which C has no others, and sums that begin with both C and a bias: through a
// buffer. c is where column `from` goes.
HWY_NOINLINE void multiply_edge(size_t rows, const Depth& depth, const UnitOf<Bf16>* panel,
                                const Columns<Bf16>& columns, const float* bias, size_t from, size_t to) {
  HWY_ALIGN_MAX float buffer[2 * kSide * kPanel<Bf16>] = {};
  for (size_t r = 0; r < rows; ++r) {
    float* sums = buffer + r * kPanel<Bf16>;
    const float* held = columns.c + r * columns.c_stride;
    for (size_t j = from; j < to; ++j) {
      sums[j] = (bias == nullptr ? 0.0f : bias[j - from]) + (columns.add ? held[j - from] : 0.0f);
    }
  }
  constexpr size_t kStep = kPanel<Bf16> * sizeof(float);
  multiply_panel(rows > kSide, depth, panel, {buffer, kStep, buffer, kStep});
  for (size_t r = 0; r < rows; ++r) {
    __builtin_memcpy(columns.c + r * columns.c_stride, buffer + r * kPanel<Bf16> + from, (to - from) * sizeof(float));
  }
}

// What a product's run of columns is, and the part of it that lies in one panel.
struct Run {
  Columns<Bf16> columns;  // .c is that of the first column
  const float* bias;      // null: none
  Range range;
};

// At most 32 rows times the columns [at, at + width) of a run, all of one panel.
HWY_INLINE void multiply_part(size_t rows, const Depth& depth, const Run& run, size_t at, size_t width) {
  const size_t column = at % kPanel<Bf16>, skipped = at - run.range.from;
  const UnitOf<Bf16>* panel = run.columns.b + at / kPanel<Bf16> * run.columns.panel_step;
  Columns<Bf16> part = run.columns;
  part.c += skipped;
  const float* bias = run.bias == nullptr ? nullptr : run.bias + skipped;
  const size_t step = part.c_stride * sizeof(float);
  if (width < kPanel<Bf16> || (part.add && bias != nullptr)) {
    multiply_edge(rows, depth, panel, part, bias, column, column + width);
  } else if (part.add) {
    multiply_panel(rows > kSide, depth, panel, {part.c, step, part.c, step});
  } else {
    multiply_panel(rows > kSide, depth, panel, {bias, 0, part.c, step});
  }
}

// Calls f(at, width) for the parts of a range that lie in one panel each.
template <class F>
HWY_INLINE void for_panels(const Range& range, const F& f) {
  const size_t end = range.from + range.width;
  for (size_t at = range.from; at < end;) {
    const size_t left = kPanel<Bf16> - at % kPanel<Bf16>, width = end - at < left ? end - at : left;
    f(at, width);
    at += width;
  }
}

// Rows of A as they lie in memory, for tiles.
struct TileRows {
  const Bf16* data;
  size_t stride;
};

// What of at most 32 rows is left after whole tiles along k, and zeros.
HWY_INLINE void copy_rest(const TileRows& a, size_t rows, size_t k, Bf16* to) {
  const size_t done = k / kDeep * kDeep;
  __builtin_memset(to, 0, 2 * kSide * kRowBytes);
  for (size_t r = 0; r < rows; ++r) {
    __builtin_memcpy(to + r * kDeep, a.data + r * a.stride + done, (k - done) * sizeof(Bf16));
  }
}

// Whole tiles along k of rows that share a shape, over panels. Whichever of the two is small stays in the L1 cache.
HWY_INLINE void multiply_whole(const TileRows& a, size_t first, size_t rows, const Run& run, size_t steps) {
  constexpr size_t kSmall = 24576;  // bytes
  const auto multiply = [&](size_t row, size_t at, size_t width) {
    const Run part{run.columns.rows_from(row), run.bias, run.range};
    const size_t count = rows - (row - first) < 2 * kSide ? rows - (row - first) : 2 * kSide;
    multiply_part(count, {a.data + row * a.stride, a.stride * sizeof(Bf16), 0, steps}, part, at, width);
  };
  const size_t panels = (run.range.width + kPanel<Bf16> - 1) / kPanel<Bf16>;
  if (panels * steps * kSide * kPanel<Bf16> * sizeof(UnitOf<Bf16>) <= kSmall) {
    for (size_t row = first; row < first + rows; row += 2 * kSide) {
      for_panels(run.range, [&](size_t at, size_t width) { multiply(row, at, width); });
    }
  } else {
    for_panels(run.range, [&](size_t at, size_t width) {
      for (size_t row = first; row < first + rows; row += 2 * kSide) multiply(row, at, width);
    });
  }
}

// The overload for tiles of what gemm_panel_inl.h has for vectors.
template <class T>
HWY_INLINE void multiply_rows(const TileRows& a, const Columns<T>& columns, const float* bias, const Range& range,
                              size_t rows) {
  const size_t steps = columns.k / kDeep, rest = units_of<T>(columns.k % kDeep);
  const size_t whole = rows / (2 * kSide) * (2 * kSide);
  const Run run{columns, bias, range};
  const auto shape = [](size_t count, size_t units) {
    const size_t above = count < kSide ? count : kSide;
    shape_tiles(above, count - above, units);
  };
  if (steps > 0 && whole > 0) {
    shape(2 * kSide, kSide);
    multiply_whole(a, 0, whole, run, steps);
  }
  if (steps > 0 && whole < rows) {
    shape(rows - whole, kSide);
    multiply_whole(a, whole, rows - whole, run, steps);
  }
  if (rest == 0) return;
  HWY_ALIGN_MAX Bf16 copy[2 * kSide * kDeep];
  for (size_t row = 0; row < rows; row += 2 * kSide) {
    const size_t count = rows - row < 2 * kSide ? rows - row : 2 * kSide;
    copy_rest({a.data + row * a.stride, a.stride}, count, columns.k, copy);
    if (row == 0 || count < 2 * kSide) shape(count, rest);
    Run after{columns.rows_from(row), steps > 0 ? nullptr : bias, range};
    after.columns.add = columns.add || steps > 0;
    for_panels(range, [&](size_t at, size_t width) {
      multiply_part(count, {copy, kRowBytes, steps * kSide, 1}, after, at, width);
    });
  }
}

struct TileBlock {
  TileRows rows;
  HWY_INLINE TileRows chunk(size_t unit, size_t) const {
    return {rows.data + unit * Operand<Bf16>::kValues, rows.stride};
  }
};

// to[c * stride + r] = from[r * kPanel + c], 16 by 16, of which the first `count` c are stored.
HWY_INLINE void turn_square(const UnitOf<Bf16>* from, size_t count, UnitOf<Bf16>* to, size_t stride) {
  __m512i quads[kSide];  // of rows 4 i to 4 i + 3, in each quarter q of vector 4 i + j: column 4 q + j
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    const UnitOf<Bf16>* rows = from + 4 * i * kPanel<Bf16>;
    const __m512i r0 = _mm512_load_si512(rows), r1 = _mm512_load_si512(rows + kPanel<Bf16>);
    const __m512i r2 = _mm512_load_si512(rows + 2 * kPanel<Bf16>), r3 = _mm512_load_si512(rows + 3 * kPanel<Bf16>);
    const __m512i low01 = _mm512_unpacklo_epi32(r0, r1), high01 = _mm512_unpackhi_epi32(r0, r1);
    const __m512i low23 = _mm512_unpacklo_epi32(r2, r3), high23 = _mm512_unpackhi_epi32(r2, r3);
    quads[4 * i] = _mm512_unpacklo_epi64(low01, low23);
    quads[4 * i + 1] = _mm512_unpackhi_epi64(low01, low23);
    quads[4 * i + 2] = _mm512_unpacklo_epi64(high01, high23);
    quads[4 * i + 3] = _mm512_unpackhi_epi64(high01, high23);
  }
  const auto store = [&](size_t c, __m512i row) {
    if (c < count) _mm512_storeu_si512(to + c * stride, row);
  };
#pragma GCC unroll 4
  for (size_t j = 0; j < 4; ++j) {
    const __m512i front = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x44);
    const __m512i front_after = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x44);
    const __m512i back = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xee);
    const __m512i back_after = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xee);
    store(j, _mm512_shuffle_i32x4(front, front_after, 0x88));
    store(4 + j, _mm512_shuffle_i32x4(front, front_after, 0xdd));
    store(8 + j, _mm512_shuffle_i32x4(back, back_after, 0x88));
    store(12 + j, _mm512_shuffle_i32x4(back, back_after, 0xdd));
  }
}

// `rows` columns of an A that lies [k, m] become rows of `stride` units, a multiple of 16.
HWY_INLINE void turn_rows(const Bf16* a, size_t a_stride, size_t k, size_t rows, UnitOf<Bf16>* to, size_t stride) {
  HWY_ALIGN_MAX UnitOf<Bf16> panel[kSide * kPanel<Bf16>] = {};
  for (size_t i = 0; i < k; i += kDeep) {
    const size_t deep = k - i < kDeep ? k - i : kDeep;
    for (size_t row = 0; row < rows; row += kPanel<Bf16>) {
      const size_t count = rows - row < kPanel<Bf16> ? rows - row : kPanel<Bf16>;
      pack_columns(a + i * a_stride + row, a_stride, count, kPanel<Bf16>, deep, panel);
      UnitOf<Bf16>* turned = to + row * stride + i / Operand<Bf16>::kValues;
      turn_square(panel, count, turned, stride);
      if (count > kSide) turn_square(panel + kSide, count - kSide, turned + kSide * stride, stride);
    }
  }
}

HWY_INLINE void multiply_turned_by_tiles(const Product<Bf16>& p) {
  HWY_ALIGN_MAX UnitOf<Bf16> buffer[kPackedUnits];
  constexpr size_t kSlabValues = kSlab * Operand<Bf16>::kValues;
  for (size_t begin = 0; begin < p.k; begin += kSlabValues) {
    const size_t k = p.k - begin < kSlabValues ? p.k - begin : kSlabValues;
    const size_t units = (units_of<Bf16>(k) + kSide - 1) / kSide * kSide;
    const size_t step = kPackedUnits / units / (2 * kSide) * (2 * kSide);
    for (size_t row = 0; row < p.m; row += step) {
      const Block block{row, p.m - row < step ? p.m - row : step, begin, k};
      turn_rows(p.a + begin * p.a_stride + row, p.a_stride, k, block.rows, buffer, units);
      const TileRows rows{reinterpret_cast<const Bf16*>(buffer), units * Operand<Bf16>::kValues};
      multiply_block(p, TileBlock{rows}, block);
    }
  }
}

HWY_INLINE void multiply_by_tiles(const Product<Bf16>& p) {
  if (p.k == 0) return fill(p);
  if (p.a_turned) {
    multiply_turned_by_tiles(p);
  } else {
    multiply_block(p, TileBlock{{p.a, p.a_stride}}, {0, p.m, 0, p.k});
  }
  _tile_release();
}

}  // namespace
}  // namespace HWY_NAMESPACE

void multiply_bf16_amx(const Product<Bf16>& p) noexcept { HWY_NAMESPACE::multiply_by_tiles(p); }

}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

HWY_DIAGNOSTICS(pop)
HWY_POP_ATTRIBUTES
#endif
