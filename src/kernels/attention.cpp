#include "kernels/attention.h"

#include "base/check.h"
#include "kernels/attention_problem.h"

// clang-format off: the order matters.
#include "kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/attention_one_inl.h"
#include "kernels/attention_rows_inl.h"
#include "kernels/attention_tile_inl.h"
// clang-format on

// How it works. Keys and values are packed into panels once a call. Forward takes a register tile of queries at a time:
// its logits against the keys that it may see, the weights of each row, which stay in the first cache, and their
// product with the values. Backward does the same with the gradients, for a block of rows; then the block's share of
// the gradients of keys and values, tile by tile of keys, from the first row that sees the tile. Rows and keys are cut
// alike, so on the diagonal a tile of rows meets whole tiles of keys, and the zeros after a row's end need reach no
// further.
HWY_BEFORE_NAMESPACE();
namespace attune::kernels {
namespace HWY_NAMESPACE {
namespace {

// How many keys the queries below `row_end` see.
template <class T>
HWY_INLINE size_t visible(const AttentionInputs<T>& in, size_t row_end) {
  return in.mask == Mask::kCausal ? row_end : in.key.rows;
}

// A tile of rows times whole panels of `columns` columns, into memory that has room for whole vectors.
template <class T>
HWY_INLINE void multiply_panels(size_t rows, size_t columns, TileProduct<T> p) {
  constexpr size_t kWidth = kPanelOf<T>;
  const size_t panel = p.k * kWidth;
  for (size_t j = 0; j < columns; j += kWidth, p.b += panel, p.c += kWidth) {
    multiply_roomy<Lies::kAsIs>(rows, columns - j < kWidth ? columns - j : kWidth, p);
  }
}

// The same for panels that hold `depth` rows, of which the product reads the first p.k; C ends with its columns.
template <Lies kLies, class T>
HWY_INLINE void multiply_into(size_t rows, size_t columns, size_t depth, TileProduct<T> p) {
  constexpr size_t kWidth = kPanelOf<T>;
  for (size_t j = 0; j < columns; j += kWidth, p.b += depth * kWidth, p.c += kWidth) {
    multiply<kLies>(rows, columns - j < kWidth ? columns - j : kWidth, p);
  }
}

// Forward of one tile of rows.
template <class T>
struct ForwardTile {
  const AttentionInputs<T>& in;
  const T *keys, *values;  // panels
  T* logits;               // of the first row; `stride` apart
  T* factors;
  size_t stride;
  T *weights, *keep;  // of a tile, and of a row: only with dropout or kSilu
};

// The weights of the row in place, or beside it where backward needs the row as it is; then returns where they are.
template <class T>
HWY_INLINE void weigh_row(const ForwardTile<T>& t, size_t row, size_t r, size_t end) {
  const AttentionInputs<T>& in = t.in;
  const size_t n = visible(in, row + 1);
  T* logits = t.logits + r * t.stride;
  if (in.bias.data != nullptr) add_row(in.bias.data + row * in.bias.stride, logits, n);
  const bool drops = in.dropout.drops();
  if (drops) keep_factors(in.dropout, row * padded(in.key.rows), t.keep, n);
  if (in.weighting == Weighting::kSilu) {
    t.factors[r] = in.silu_scale;
    silu_row(logits, drops ? t.keep : nullptr, t.weights + r * t.stride, n, end);
    return;
  }
  t.factors[r] = exponentials(logits, n, end);
  if (drops) dropped_row(logits, t.keep, t.weights + r * t.stride, n, end);
}

template <class T>
void forward_of(const AttentionForward<T>& p) {
  const AttentionInputs<T>& in = *p.in;
  const size_t queries = in.query.rows, keys = in.key.rows, stride = padded(keys);
  Scratch<T> scratch(p.scratch);
  T* key_panels = scratch.take(padded(keys) * in.key.columns);
  T* value_panels = scratch.take(keys * padded(in.value.columns));
  T* weights = scratch.take(kRowsOfTile * stride);
  T* keep = scratch.take(stride);
  T* logits = scratch.take(kRowsOfTile * stride);
  T* factors = scratch.take(kRowsOfTile);
  pack_turned(in.key, in.scale, key_panels);
  pack_straight(in.value, T{1}, value_panels);
  const KeptWeights<T> kept(p.kept, queries, keys);
  const bool beside = in.weighting == Weighting::kSilu || in.dropout.drops();
  const Tiling tiling(queries);
  for (size_t tile = 0; tile < tiling.count; ++tile) {
    const size_t row = tiling.begin(tile), rows = tiling.begin(tile + 1) - row, end = visible(in, row + rows);
    if (p.kept != nullptr) {
      logits = kept.rows + row * stride;
      factors = kept.factors + row;
    }
    multiply_panels(rows, end,
                    TileProduct<T>{in.query.data + row * in.query.stride, in.query.stride, key_panels, in.query.columns,
                                   logits, stride});
    const ForwardTile<T> t{in, key_panels, value_panels, logits, factors, stride, weights, keep};
    for (size_t r = 0; r < rows; ++r) weigh_row(t, row + r, r, end);
    multiply_into<Lies::kAsIs>(rows, in.value.columns, keys,
                               TileProduct<T>{beside ? weights : logits, stride, value_panels, end,
                                              p.output.data + row * p.output.stride, p.output.stride, factors});
  }
}

template <class T>
struct BackwardPanels {
  T *value, *key, *query, *d_output;  // the first turned, of the keys; the others straight
  T *ds, *weights;                    // a block of rows of each
  T* keep;
  size_t stride;

  HWY_INLINE BackwardPanels(const AttentionBackward<T>& p, const AttentionInputs<T>& in) : stride(padded(in.key.rows)) {
    Scratch<T> scratch(p.scratch);
    value = scratch.take(padded(in.key.rows) * in.value.columns);
    key = scratch.take(in.key.rows * padded(in.key.columns));
    query = scratch.take(in.query.rows * padded(in.query.columns));
    d_output = scratch.take(in.query.rows * padded(in.value.columns));
    ds = scratch.take(kAttentionBlock * stride);
    weights = scratch.take(kAttentionBlock * stride);
    keep = scratch.take(stride);
    pack_turned(in.value, T{1}, value);
    pack_straight(in.key, in.scale, key);
    pack_straight(in.query, in.scale, query);
    pack_straight(p.d_output, T{1}, d_output);
  }
};

template <class T>
HWY_INLINE T dot_rows(const T* a, const T* b, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = at_most(n - i, lanes);
    sum = hn::MulAdd(load_up_to(d, a + i, count), load_up_to(d, b + i, count), sum);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// The gradients of the logits of rows [row, row + rows), which become rows `at` and on of the block, and of the
// queries.
template <class T>
HWY_INLINE void backward_rows(const AttentionBackward<T>& p, const BackwardPanels<T>& panels, size_t row, size_t rows,
                              size_t at) {
  const AttentionInputs<T>& in = *p.in;
  const AttentionGradients<T>& out = *p.out;
  const KeptWeights<const T> kept(p.kept, in.query.rows, in.key.rows);
  const size_t end = visible(in, row + rows), stride = panels.stride;
  T* ds = panels.ds + at * stride;
  multiply_panels(rows, end,
                  TileProduct<T>{p.d_output.data + row * p.d_output.stride, p.d_output.stride, panels.value,
                                 in.value.columns, ds, stride});
  for (size_t r = 0; r < rows; ++r) {
    const size_t n = visible(in, row + r + 1), q = row + r;
    const bool drops = in.dropout.drops();
    if (drops) keep_factors(in.dropout, q * stride, panels.keep, n);
    RowGradient<T> g{kept.rows + q * kept.stride,
                     drops ? panels.keep : nullptr,
                     ds + r * stride,
                     panels.weights + (at + r) * stride,
                     n,
                     end,
                     kept.factors[q],
                     T{0}};
    if (in.weighting == Weighting::kSoftmax) {
      g.mean = dot_rows(p.d_output.data + q * p.d_output.stride, p.output.data + q * p.output.stride, in.value.columns);
      softmax_gradient_row(g);
    } else {
      silu_gradient_row(g);
    }
    if (out.logits.data == nullptr) continue;
    for (size_t j = 0; j < n; ++j) out.logits.data[q * out.logits.stride + j] = g.ds[j];
  }
  multiply_into<Lies::kAsIs>(
      rows, in.query.columns, in.key.rows,
      TileProduct<T>{ds, stride, panels.key, end, out.query.data + row * out.query.stride, out.query.stride});
}

// What rows [begin, end) add to the gradients of keys and values. The first block that a tile of keys meets sets them.
template <class T>
HWY_INLINE void backward_keys(const AttentionBackward<T>& p, const BackwardPanels<T>& panels, size_t begin,
                              size_t end) {
  const AttentionInputs<T>& in = *p.in;
  const AttentionGradients<T>& out = *p.out;
  const bool causal = in.mask == Mask::kCausal;
  const Tiling tiling(in.key.rows);
  for (size_t tile = 0; tile < tiling.count; ++tile) {
    const size_t key = tiling.begin(tile), keys = tiling.begin(tile + 1) - key;
    if (causal && key >= end) break;
    const size_t row = causal && key > begin ? key : begin;
    const bool add = causal ? key < begin : begin > 0;
    const size_t from = (row - begin) * panels.stride + key;
    TileProduct<T> product{panels.ds + from,
                           panels.stride,
                           panels.query + row * kPanelOf<T>,
                           end - row,
                           out.key.data + key * out.key.stride,
                           out.key.stride,
                           nullptr,
                           add};
    multiply_into<Lies::kTransposed>(keys, in.key.columns, in.query.rows, product);
    product.a = panels.weights + from;
    product.b = panels.d_output + row * kPanelOf<T>;
    product.c = out.value.data + key * out.value.stride;
    product.c_stride = out.value.stride;
    multiply_into<Lies::kTransposed>(keys, in.value.columns, in.query.rows, product);
  }
}

template <class T>
HWY_INLINE void zero_rows(BasicMatrixView<T> x) {
  for (size_t r = 0; r < x.rows; ++r) {
    for (size_t i = 0; i < x.columns; ++i) x.data[r * x.stride + i] = T{0};
  }
}

template <class T>
void backward_of(const AttentionBackward<T>& p) {
  const AttentionInputs<T>& in = *p.in;
  const BackwardPanels<T> panels(p, in);
  const Tiling tiling(in.query.rows);
  if (tiling.count == 0) {
    zero_rows(p.out->key);
    zero_rows(p.out->value);
  }
  constexpr size_t kTiles = kAttentionBlock / kRowsOfTile;
  for (size_t first = 0; first < tiling.count; first += kTiles) {
    const size_t last = first + kTiles < tiling.count ? first + kTiles : tiling.count;
    const size_t begin = tiling.begin(first);
    for (size_t tile = first; tile < last; ++tile) {
      const size_t row = tiling.begin(tile);
      backward_rows(p, panels, row, tiling.begin(tile + 1) - row, row - begin);
    }
    backward_keys(p, panels, begin, tiling.begin(last));
  }
}

void forward_f32(const AttentionForward<float>& p) { forward_of(p); }
void forward_f64(const AttentionForward<double>& p) { forward_of(p); }
void backward_f32(const AttentionBackward<float>& p) { backward_of(p); }
void backward_f64(const AttentionBackward<double>& p) { backward_of(p); }
void of_one_f32(const AttentionInputs<float>& in, float* output, float* scratch) { of_one(in, output, scratch); }
void of_one_f64(const AttentionInputs<double>& in, double* output, double* scratch) { of_one(in, output, scratch); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune::kernels {

HWY_EXPORT(forward_f32);
HWY_EXPORT(forward_f64);
HWY_EXPORT(backward_f32);
HWY_EXPORT(backward_f64);
HWY_EXPORT(of_one_f32);
HWY_EXPORT(of_one_f64);

std::size_t attention_kept_values(AttentionShape shape) noexcept { return shape.queries * (padded(shape.keys) + 1); }

std::size_t attention_scratch_values(AttentionShape shape) noexcept {
  const std::size_t rows = padded(shape.queries) + padded(shape.keys);
  const std::size_t columns = padded(shape.width) + padded(shape.value_width);
  return rows * columns + (2 * kAttentionBlock + 1) * padded(shape.keys) + kAttentionRows + kAttentionSlack;
}

namespace {

void run(const AttentionForward<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(forward_f32)(p); }
void run(const AttentionForward<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(forward_f64)(p); }
void run(const AttentionBackward<float>& p) noexcept { HWY_DYNAMIC_DISPATCH(backward_f32)(p); }
void run(const AttentionBackward<double>& p) noexcept { HWY_DYNAMIC_DISPATCH(backward_f64)(p); }

template <class T>
void check_inputs(const AttentionInputs<T>& in) noexcept {
  ATTUNE_CHECK(in.query.columns == in.key.columns && in.key.rows == in.value.rows);
  ATTUNE_CHECK(in.mask == Mask::kNone || in.query.rows == in.key.rows);
  ATTUNE_CHECK(in.bias.data == nullptr || (in.bias.rows == in.query.rows && in.bias.columns == in.key.rows));
}

template <class T>
void forward(const AttentionInputs<T>& in, BasicMatrixView<T> output, T* kept, T* scratch) noexcept {
  check_inputs(in);
  ATTUNE_CHECK(output.rows == in.query.rows && output.columns == in.value.columns);
  run(AttentionForward<T>{&in, output, kept, scratch});
}

template <class T>
void backward(const AttentionInputs<T>& in, BasicMatrixView<const T> output, const T* kept,
              BasicMatrixView<const T> d_output, const AttentionGradients<T>& out, T* scratch) noexcept {
  check_inputs(in);
  ATTUNE_CHECK(d_output.rows == in.query.rows && d_output.columns == in.value.columns);
  ATTUNE_CHECK(out.query.rows == in.query.rows && out.key.rows == in.key.rows && out.value.rows == in.key.rows);
  run(AttentionBackward<T>{&in, output, d_output, kept, &out, scratch});
}

}  // namespace

void attention(const AttentionInputs<float>& in, BasicMatrixView<float> output, float* kept, float* scratch) noexcept {
  forward(in, output, kept, scratch);
}
void attention(const AttentionInputs<double>& in, BasicMatrixView<double> output, double* kept,
               double* scratch) noexcept {
  forward(in, output, kept, scratch);
}

void attention_backward(const AttentionInputs<float>& in, BasicMatrixView<const float> output, const float* kept,
                        BasicMatrixView<const float> d_output, const AttentionGradients<float>& out,
                        float* scratch) noexcept {
  backward(in, output, kept, d_output, out, scratch);
}
void attention_backward(const AttentionInputs<double>& in, BasicMatrixView<const double> output, const double* kept,
                        BasicMatrixView<const double> d_output, const AttentionGradients<double>& out,
                        double* scratch) noexcept {
  backward(in, output, kept, d_output, out, scratch);
}

void attention_of_one(const AttentionInputs<float>& in, float* output, float* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(of_one_f32)(in, output, scratch);
}
void attention_of_one(const AttentionInputs<double>& in, double* output, double* scratch) noexcept {
  HWY_DYNAMIC_DISPATCH(of_one_f64)(in, output, scratch);
}

}  // namespace attune::kernels
#endif  // HWY_ONCE
