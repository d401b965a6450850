#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/matrix_view.h"
#include "base/thread_pool.h"
#include "kernels/top_k.h"

namespace attune {

template <class T>
class AttentionTiles;

// Similarity attention (docs/mathematics.md, equations 1 to 4): nothing is learned.
//
//   A(i, j) = exp(s(u_i, v_j)) / sum_k exp(s(u_i, v_k)),   s(u, v) = scale * u·v  (+ log prior_j)
//
// computed in tiles with exact denominators: memory is independent of rows x columns. exp cannot overflow, since the
// largest s of a row is subtracted first. T is float or double. A result is the same for any number of threads.

enum class Similarity { kDot, kCosine };  // kCosine: rows are first divided by their length; a zero row stays zero

struct SimilarityAttentionConfig {
  Similarity similarity = Similarity::kDot;
  double scale = 1;  // multiplies s; 1 / sqrt(D) gives scaled dot-product attention (Vaswani et al., 2017)
};

// A feature matrix pair and what the softmax runs over. Views: the features must outlive it.
template <class T>
class SimilarityAttention {
 public:
  // queries [N, D], keys [M, D]; `prior` is empty or holds M weights >= 0 that multiply exp(s) (0 masks a key out).
  // Throws Error(kBadInput) when widths differ; naming row and column of the first value that is not finite; naming the
  // first weight of the prior that is negative or not finite; and when the longest query and key are so long that s
  // might exceed what T can hold. Throws Error(kUsage) when the scale is not finite.
  SimilarityAttention(BasicMatrixView<const T> queries, BasicMatrixView<const T> keys, std::span<const T> prior,
                      const SimilarityAttentionConfig& config, ThreadPool& pool);
  ~SimilarityAttention();
  SimilarityAttention(SimilarityAttention&&) noexcept;
  SimilarityAttention& operator=(SimilarityAttention&&) noexcept;

  std::size_t rows() const;
  std::size_t columns() const;

  enum class Diagonal { kKeep, kMask };  // kMask leaves out key i for query i

  // Calls row_block(first, weights) for blocks of consecutive rows of A in ascending order, one call at a time, from
  // the calling thread; weights is [block, M], at most 32 MB or one row. A row whose keys are all masked is zeros.
  // There is no call when there are no rows.
  void for_each_block(Diagonal diagonal,
                      const std::function<void(std::size_t first, BasicMatrixView<const T> weights)>& row_block) const;

  // The k largest weights of each row, largest first (ties: lower index), again in blocks of rows in ascending order.
  // Entries are ranked by s, so that weights too small to tell apart keep their order; masked keys are never among
  // them.
  using Entry = typename kernels::TopK<T>::Entry;
  void for_each_top_k(
      std::size_t k, Diagonal diagonal,
      const std::function<void(std::size_t first, std::span<const std::vector<Entry>> rows)>& block) const;

  // What the predictions compute with; attention/attention_tiles.h.
  const AttentionTiles<T>& tiles() const { return *tiles_; }
  ThreadPool& pool() const { return *pool_; }

 private:
  std::unique_ptr<const AttentionTiles<T>> tiles_;
  ThreadPool* pool_;
};

// Whether a cell without a rating (NaN) counts as a rating of 0, or is left out and weights are normalised over the
// ratings that are there. With kMissing a 0 counts as no rating too, since dense files can write nothing else for it.
enum class Unrated { kZero, kMissing };

// Rows of ratings as they are needed, so that a matrix larger than memory can be read from a mapped file: fills `out`
// (M long) with row r. Called from several threads.
template <class T>
using RatingRow = std::function<void(std::size_t row, std::span<T> out)>;

template <class T>
struct Ratings {
  std::size_t rows = 0;
  std::size_t columns = 0;
  RatingRow<T> row;
};

// Predictions, in blocks of consecutive rows in ascending order. A prediction that nothing was known for is NaN: every
// key was masked or, with kMissing, no key that was left has a rating. With kMissing weights are normalised over what
// is rated even where all of them are too small for T. Throws Error(kBadInput) naming row and column when a rating is
// infinite.
template <class T>
using PredictionBlock = std::function<void(std::size_t first, BasicMatrixView<const T> predictions)>;

// P = A · R literally (equation 2), A of users over items: needs as many items as users. Throws Error(kBadInput) that
// names both counts and points to the other forms when they differ, or when R does not have a row a user and a column
// an item.
template <class T>
void predict_literal(const SimilarityAttention<T>& users_over_items, const Ratings<T>& ratings, Unrated,
                     const PredictionBlock<T>& block);

// P(u, j) = sum_w A(u, w) R(w, j), A of users over users (equation 3). Users are done in blocks of 32 MB of predictions
// (5376 at most), and the rows of R are read once for each block. Throws Error(kBadInput) when the counts do not fit,
// as do the others.
template <class T>
void predict_user_user(const SimilarityAttention<T>& users_over_users,
                       typename SimilarityAttention<T>::Diagonal diagonal, const Ratings<T>& ratings, Unrated,
                       const PredictionBlock<T>& block);

// P(u, j) = sum_i A(j, i) R(u, i), A of items over items (equation 4): with kMissing, item j attends to the items of
// the user's own history. R is read once; A is computed anew for each block of users, which costs less than the product
// with R does unless items are many more than 32 MB hold rows of them.
template <class T>
void predict_item_item(const SimilarityAttention<T>& items_over_items,
                       typename SimilarityAttention<T>::Diagonal diagonal, const Ratings<T>& ratings, Unrated,
                       const PredictionBlock<T>& block);

extern template class SimilarityAttention<float>;
extern template class SimilarityAttention<double>;

}  // namespace attune
