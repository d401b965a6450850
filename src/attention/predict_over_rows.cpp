#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "attention/attention_tiles.h"
#include "attention/predict_over.h"
#include "attention/prediction_keys.h"
#include "attention/prediction_sums.h"
#include "attention/rating_panel.h"
#include "kernels/gemm.h"

namespace attune {
namespace {

constexpr std::size_t kPanelBytes = std::size_t{16} << 20;
constexpr std::size_t kPanelRows = 256;

// Predictions whose keys are the rows of R: P = A · R.
template <class T>
class OverRows {
 public:
  OverRows(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings, Unrated unrated)
      : tiles_(attention.tiles()),
        pool_(attention.pool()),
        diagonal_(diagonal),
        ratings_(ratings),
        unrated_(unrated),
        cut_(cut_rows(tiles_.rows(), ratings.columns * sizeof(T))),
        panel_rows_(std::clamp<std::size_t>(kPanelBytes / sizeof(T) / std::max<std::size_t>(ratings.columns, 1), 1,
                                            kPanelRows)),
        panel_(std::min(panel_rows_, ratings.rows), ratings.columns, unrated),
        sums_(std::min(cut_.block, tiles_.rows()), ratings.columns, unrated) {}

  void run(const PredictionBlock<T>& block) {
    for (std::size_t first = 0; first < tiles_.rows(); first += cut_.block) {
      predict(first, std::min(cut_.block, tiles_.rows() - first));
      block(first, sums_.ratings());
    }
  }

 private:
  void predict(std::size_t first, std::size_t rows) {
    sums_.start(rows);
    normalisers_.resize(rows);
    for_each_tile(pool_, rows, cut_.tile, [&](std::size_t begin, std::size_t count) {
      tiles_.normalise(first + begin, diagonal_, std::span(normalisers_).subspan(begin, count));
    });
    for_each_panel([&](std::size_t key, std::size_t keys) {
      if (first == 0) count_raters(key, keys);
      multiply(first, rows, key, keys);
    });
    if (unrated_ == Unrated::kZero) {
      clear_unknown(rows);
    } else if (divide(first, rows)) {
      for_each_panel([&](std::size_t key, std::size_t keys) { add_pending(first, key, keys); });
      for_each_tile(pool_, rows, 1, [&](std::size_t r, std::size_t) { sums_.close(r); });
    }
  }

  template <class Body>
  void for_each_panel(Body&& body) {
    for (std::size_t key = 0; key < ratings_.rows; key += panel_rows_) {
      const std::size_t keys = std::min(panel_rows_, ratings_.rows - key);
      panel_.read(ratings_, key, keys, pool_);
      body(key, keys);
    }
  }

  void count_raters(std::size_t key, std::size_t keys) {
    if (unrated_ == Unrated::kZero) return;
    raters_.resize(ratings_.columns);
    for (std::size_t r = 0; r < keys; ++r) {
      if (tiles_.masked(key + r)) continue;
      for (const std::uint32_t column : panel_.known_columns(r)) raters_[column].add(key + r);
    }
  }

  void multiply(std::size_t first, std::size_t rows, std::size_t key, std::size_t keys) {
    for_each_tile(pool_, rows, cut_.tile, [&](std::size_t begin, std::size_t count) {
      std::vector<T> scratch(count * keys);
      const BasicMatrixView<T> weights(scratch.data(), count, keys);
      tiles_.weights(first + begin, key, diagonal_, std::span(normalisers_).subspan(begin, count), weights);
      kernels::gemm_nn(weights, panel_.values(), sums_.ratings().rows_from(begin, count), kernels::Accumulate::kYes);
      if (unrated_ == Unrated::kZero) return;
      kernels::gemm_nn(weights, panel_.known(), sums_.weights().rows_from(begin, count), kernels::Accumulate::kYes);
    });
  }

  void clear_unknown(std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) {
      if (normalisers_[r].sum > 0) continue;
      const std::span<T> row = sums_.ratings().row(r);
      std::fill(row.begin(), row.end(), std::numeric_limits<T>::quiet_NaN());
    }
  }

  bool divide(std::size_t first, std::size_t rows) {
    pending_.assign(rows, 0);
    raters_.resize(ratings_.columns);
    std::atomic<bool> any = false;
    for_each_tile(pool_, rows, 1, [&](std::size_t r, std::size_t) {
      pending_[r] = sums_.divide(r, [&](std::size_t c) { return left_for<T>(raters_[c], first + r, diagonal_); });
      if (pending_[r]) any = true;
    });
    return any;
  }

  void add_pending(std::size_t first, std::size_t key, std::size_t keys) {
    std::vector<std::vector<std::uint32_t>> known(keys);
    for (std::size_t k = 0; k < keys; ++k) known[k] = panel_.known_columns(k);
    for_each_tile(pool_, pending_.size(), 1, [&](std::size_t r, std::size_t) {
      if (!pending_[r]) return;
      std::vector<T> logits(keys);
      tiles_.logits(first + r, key, diagonal_, BasicMatrixView<T>(logits.data(), 1, keys));
      for (std::size_t k = 0; k < keys; ++k) {
        if (logits[k] == -std::numeric_limits<T>::infinity()) continue;
        for (const std::uint32_t column : known[k]) {
          if (sums_.pending(r, column)) sums_.add(r, column, logits[k], panel_.values()(k, column));
        }
      }
    });
  }

  const AttentionTiles<T>& tiles_;
  ThreadPool& pool_;
  DiagonalOf<T> diagonal_;
  const Ratings<T>& ratings_;
  Unrated unrated_;
  RowCut cut_;
  std::size_t panel_rows_;
  RatingPanel<T> panel_;
  PredictionSums<T> sums_;
  std::vector<NormaliserOf<T>> normalisers_;
  std::vector<Raters> raters_;          // of each column of R
  std::vector<unsigned char> pending_;  // whether a row of the block has pending predictions
};

}  // namespace

template <class T>
void predict_over_rows(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings,
                       Unrated unrated, const PredictionBlock<T>& block) {
  OverRows<T>(attention, diagonal, ratings, unrated).run(block);
}

template void predict_over_rows(const SimilarityAttention<float>&, DiagonalOf<float>, const Ratings<float>&, Unrated,
                                const PredictionBlock<float>&);
template void predict_over_rows(const SimilarityAttention<double>&, DiagonalOf<double>, const Ratings<double>&, Unrated,
                                const PredictionBlock<double>&);

}  // namespace attune
