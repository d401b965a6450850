#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "attention/similarity_attention.h"
#include "kernels/packed.h"
#include "kernels/top_k.h"

namespace attune {

// How the rows of a large result are cut: blocks that are held in memory at once, and tiles of a block that are tasks
// of a thread pool. It follows from sizes alone, never from the number of threads.
struct RowCut {
  std::size_t block;
  std::size_t tile;
};

// `row_bytes` is what a row of the result takes; a block takes 32 MB at most, unless a row alone takes more.
RowCut cut_rows(std::size_t rows, std::size_t row_bytes);

// Any rectangle of the logits s and of the weights A of similarity attention (docs/mathematics.md, equation 1).
// Internal to this folder. Thread-safe once made: every function writes to its arguments only, and what it writes for a
// row does not depend on the other rows of the call.
template <class T>
class AttentionTiles {
 public:
  using Diagonal = typename SimilarityAttention<T>::Diagonal;

  // What turns the logits of a row into weights: weight = exp(logit - largest) / sum. A fully masked row has a sum of
  // 0.
  struct Normaliser {
    T largest = -std::numeric_limits<T>::infinity();
    double sum = 0;
  };

  // As the constructor of SimilarityAttention, whose checks happen here.
  AttentionTiles(BasicMatrixView<const T> queries, BasicMatrixView<const T> keys, std::span<const T> prior,
                 const SimilarityAttentionConfig& config);

  std::size_t rows() const { return queries_.rows; }
  std::size_t columns() const { return keys_.n(); }

  // Whether the prior of a key is 0.
  bool masked(std::size_t key) const {
    return !log_prior_.empty() && log_prior_[key] == -std::numeric_limits<T>::infinity();
  }

  // Fills `out` with s of the queries from `row` and the keys from `column` on; -inf where a key is masked.
  void logits(std::size_t row, std::size_t column, Diagonal diagonal, BasicMatrixView<T> out) const;

  // The normalisers of the rows from `row` on, in one pass over all keys (online softmax: Milakov and Gimelshein,
  // 2018). Offers the logits of each row to its collection in `best`, too, if that is not empty.
  void normalise(std::size_t row, Diagonal diagonal, std::span<Normaliser> out,
                 std::span<kernels::TopK<T>> best = {}) const;

  // As logits, and turns them into weights.
  void weights(std::size_t row, std::size_t column, Diagonal diagonal, std::span<const Normaliser> normalisers,
               BasicMatrixView<T> out) const;

 private:
  std::vector<T> normalised_queries_;  // with cosine similarity
  BasicMatrixView<const T> queries_;
  kernels::Packed<T> keys_;
  std::vector<T> log_prior_;
  T scale_;
};

extern template class AttentionTiles<float>;
extern template class AttentionTiles<double>;

}  // namespace attune
