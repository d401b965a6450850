#pragma once

#include <cstddef>

#include "base/matrix_view.h"
#include "kernels/dropout.h"

namespace attune::kernels {

// Attention of one sequence and one head, fused: the matrix of logits is never whole in memory outside of the cache,
// and only what the mask shows is computed. In float and double, any sizes (also 0) and strides, so heads may lie side
// by side in one matrix. One thread, noexcept, nothing is allocated: memory comes from the caller. Agrees with
// kernels/attention_reference.h. Callers of many sequences split them over threads.
//
//   s(r, j) = scale <query r, key j> + bias(r, j)            for the keys j that the mask shows to query r
//   w(r, .) = softmax of s(r, .), or silu(s(r, .)) * silu_scale
//   output r = sum over j of dropout(w)(r, j) value j
//
// (Vaswani et al., 2017; the second form is that of HSTU, Zhai et al., 2024.) A row of softmax whose logits all are
// -inf has weights of zero. A bias is finite, or -inf with softmax; a NaN spreads.

enum class Mask {
  kCausal,  // query r sees the keys up to r; there are as many keys as queries
  kNone,    // every query sees every key
};

enum class Weighting { kSoftmax, kSilu };

template <class T>
struct AttentionInputs {
  BasicMatrixView<const T> query;  // [Q, d]
  BasicMatrixView<const T> key;    // [K, d]
  BasicMatrixView<const T> value;  // [K, e]; e may differ from d
  BasicMatrixView<const T>
      bias;     // [Q, K], added to the logits; without data there is none. Masked elements are not read.
  T scale = 1;  // of the dot products: 1 / sqrt(d) as a rule
  Mask mask = Mask::kCausal;
  Weighting weighting = Weighting::kSoftmax;
  T silu_scale = 1;     // only with kSilu: what its weights are multiplied by, as 1 / L
  DropoutMask dropout;  // of the weights; each sequence, head and step needs a stream of its own
};

// Where backward puts the gradients: all are set, not added to. The heads of a layer write side by side.
template <class T>
struct AttentionGradients {
  BasicMatrixView<T> query;   // [Q, d]
  BasicMatrixView<T> key;     // [K, d]
  BasicMatrixView<T> value;   // [K, e]
  BasicMatrixView<T> logits;  // [Q, K], the gradient of s, which is that of the bias; without data it is not wanted.
                              // Elements that the mask hides are not written.
};

struct AttentionShape {
  std::size_t queries = 0;
  std::size_t keys = 0;
  std::size_t width = 0;        // d
  std::size_t value_width = 0;  // e
};

// How many values (of float or of double) forward keeps for backward, and how many forward, backward and the last row
// need while they run. Alignment to 64 bytes makes them faster.
std::size_t attention_kept_values(AttentionShape) noexcept;
std::size_t attention_scratch_values(AttentionShape) noexcept;

// output [Q, e] is set. `kept` may be null if no backward follows.
void attention(const AttentionInputs<float>&, BasicMatrixView<float> output, float* kept, float* scratch) noexcept;
void attention(const AttentionInputs<double>&, BasicMatrixView<double> output, double* kept, double* scratch) noexcept;

// `output` and `kept` as forward left them, `d_output` [Q, e] the gradient of the output.
void attention_backward(const AttentionInputs<float>&, BasicMatrixView<const float> output, const float* kept,
                        BasicMatrixView<const float> d_output, const AttentionGradients<float>&,
                        float* scratch) noexcept;
void attention_backward(const AttentionInputs<double>&, BasicMatrixView<const double> output, const double* kept,
                        BasicMatrixView<const double> d_output, const AttentionGradients<double>&,
                        double* scratch) noexcept;

// For inference: the output of one query [1, d] that sees all keys (of a causal sequence: its last). Reads keys and
// values where they lie; scratch holds one value a key. `mask` and `dropout` are not read. bias is [1, K].
void attention_of_one(const AttentionInputs<float>&, float* output, float* scratch) noexcept;
void attention_of_one(const AttentionInputs<double>&, double* output, double* scratch) noexcept;

}  // namespace attune::kernels
