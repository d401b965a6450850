#pragma once

#include <cstddef>

#include "kernels/attention.h"

// How the memory that callers give to attention is laid out, the same for every instruction set. Internal to this
// folder.
namespace attune::kernels {

constexpr std::size_t kAttentionPad = 32;  // columns of panels and of rows of weights are padded to this
constexpr std::size_t kAttentionBlock =
    98;  // rows of which backward holds the gradients of the logits at a time, at most
constexpr std::size_t kAttentionRows = 14;    // rows of a register tile, at most
constexpr std::size_t kAttentionSlack = 512;  // values lost to alignment, at most

constexpr std::size_t padded(std::size_t n) { return (n + kAttentionPad - 1) / kAttentionPad * kAttentionPad; }

// `kept`: the rows of weights (of logits with kSilu), padded(keys) apart, then the factor of each row.
template <class T>
struct KeptWeights {
  T* rows;
  std::size_t stride;
  T* factors;

  KeptWeights(T* kept, std::size_t queries, std::size_t keys)
      : rows(kept), stride(padded(keys)), factors(kept + queries * stride) {}
};

// Hands out the scratch memory, each part on a boundary of 64 bytes.
template <class T>
class Scratch {
 public:
  explicit Scratch(T* memory) : next_(memory) {}

  T* take(std::size_t values) {
    const std::size_t over = reinterpret_cast<std::size_t>(next_) % 64 / sizeof(T);
    T* const part = over == 0 ? next_ : next_ + (64 / sizeof(T) - over);
    next_ = part + values;
    return part;
  }

 private:
  T* next_;
};

template <class T>
struct AttentionForward {
  const AttentionInputs<T>* in;
  BasicMatrixView<T> output;
  T* kept;
  T* scratch;
};

template <class T>
struct AttentionBackward {
  const AttentionInputs<T>* in;
  BasicMatrixView<const T> output, d_output;
  const T* kept;
  const AttentionGradients<T>* out;
  T* scratch;
};

}  // namespace attune::kernels
