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

constexpr std::size_t kItemTile = 96;  // whole panels of the product in which a tile of weights is the right factor
constexpr std::size_t kKeyTile = 256;

template <class T>
BasicMatrixView<T> columns_of(BasicMatrixView<T> matrix, std::size_t first, std::size_t count) {
  return {matrix.data + first, matrix.rows, count, matrix.stride};
}

// Predictions whose keys are the columns of R: P = R · Aᵀ.
template <class T>
class OverColumns {
 public:
  OverColumns(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings,
              Unrated unrated)
      : tiles_(attention.tiles()),
        pool_(attention.pool()),
        diagonal_(diagonal),
        ratings_(ratings),
        unrated_(unrated),
        cut_(cut_rows(ratings.rows, ratings.columns * sizeof(T))),
        panel_(std::min(cut_.block, ratings.rows), ratings.columns, unrated),
        sums_(std::min(cut_.block, ratings.rows), ratings.columns, unrated),
        normalisers_(tiles_.rows()) {}

  void run(const PredictionBlock<T>& block) {
    const RowCut items = cut_rows(tiles_.rows(), 0);
    for_each_tile(pool_, tiles_.rows(), items.tile, [&](std::size_t begin, std::size_t count) {
      tiles_.normalise(begin, diagonal_, std::span(normalisers_).subspan(begin, count));
    });
    for (std::size_t first = 0; first < ratings_.rows; first += cut_.block) {
      predict(first, std::min(cut_.block, ratings_.rows - first));
      block(first, sums_.ratings());
    }
  }

 private:
  void predict(std::size_t first, std::size_t rows) {
    panel_.read(ratings_, first, rows, pool_);
    sums_.start(rows);
    for_each_item_tile([&](std::size_t item, std::size_t key, BasicMatrixView<T> tile) {
      tiles_.weights(item, key, diagonal_, std::span(normalisers_).subspan(item, tile.rows), tile);
      kernels::gemm_nt(columns_of(panel_.values(), key, tile.columns), tile,
                       columns_of(sums_.ratings(), item, tile.rows), kernels::Accumulate::kYes);
      if (unrated_ == Unrated::kZero) return;
      kernels::gemm_nt(columns_of(panel_.known(), key, tile.columns), tile,
                       columns_of(sums_.weights(), item, tile.rows), kernels::Accumulate::kYes);
    });
    if (unrated_ == Unrated::kZero) {
      clear_unknown(rows);
    } else if (divide(rows)) {
      for_each_item_tile([&](std::size_t item, std::size_t key, BasicMatrixView<T> tile) {
        tiles_.logits(item, key, diagonal_, tile);
        for (std::size_t r = 0; r < rows; ++r) add_pending(r, item, key, tile);
      });
      for_each_tile(pool_, rows, 1, [&](std::size_t r, std::size_t) { sums_.close(r); });
    }
  }

  // Calls body(item, key, tile) with room for the tile of A that begins there. A thread does all keys of its items in
  // order.
  template <class Body>
  void for_each_item_tile(Body&& body) {
    for_each_tile(pool_, tiles_.rows(), kItemTile, [&](std::size_t item, std::size_t count) {
      std::vector<T> scratch(count * kKeyTile);
      for (std::size_t key = 0; key < tiles_.columns(); key += kKeyTile) {
        const std::size_t keys = std::min(kKeyTile, tiles_.columns() - key);
        body(item, key, BasicMatrixView<T>(scratch.data(), count, keys));
      }
    });
  }

  void clear_unknown(std::size_t rows) {
    for (std::size_t item = 0; item < tiles_.rows(); ++item) {
      if (normalisers_[item].sum > 0) continue;
      for (std::size_t r = 0; r < rows; ++r) sums_.ratings()(r, item) = std::numeric_limits<T>::quiet_NaN();
    }
  }

  bool divide(std::size_t rows) {
    pending_.assign(rows, 0);
    known_.assign(rows, {});
    std::atomic<bool> any = false;
    for_each_tile(pool_, rows, 1, [&](std::size_t r, std::size_t) {
      known_[r] = panel_.known_columns(r);
      Raters rated;
      for (const std::uint32_t item : known_[r]) {
        if (!tiles_.masked(item)) rated.add(item);
      }
      pending_[r] = sums_.divide(r, [&](std::size_t item) { return left_for<T>(rated, item, diagonal_); });
      if (pending_[r]) any = true;
    });
    return any;
  }

  void add_pending(std::size_t r, std::size_t item, std::size_t key, BasicMatrixView<T> logits) {
    if (!pending_[r]) return;
    auto known = std::lower_bound(known_[r].begin(), known_[r].end(), key);
    for (; known != known_[r].end() && *known < key + logits.columns; ++known) {
      for (std::size_t j = 0; j < logits.rows; ++j) {
        const T logit = logits(j, *known - key);
        if (logit == -std::numeric_limits<T>::infinity() || !sums_.pending(r, item + j)) continue;
        sums_.add(r, item + j, logit, panel_.values()(r, *known));
      }
    }
  }

  const AttentionTiles<T>& tiles_;
  ThreadPool& pool_;
  DiagonalOf<T> diagonal_;
  const Ratings<T>& ratings_;
  Unrated unrated_;
  RowCut cut_;
  RatingPanel<T> panel_;
  PredictionSums<T> sums_;
  std::vector<NormaliserOf<T>> normalisers_;
  std::vector<unsigned char> pending_;             // whether a user of the block has pending predictions
  std::vector<std::vector<std::uint32_t>> known_;  // the rated items of each user of the block
};

}  // namespace

template <class T>
void predict_over_columns(const SimilarityAttention<T>& attention, DiagonalOf<T> diagonal, const Ratings<T>& ratings,
                          Unrated unrated, const PredictionBlock<T>& block) {
  OverColumns<T>(attention, diagonal, ratings, unrated).run(block);
}

template void predict_over_columns(const SimilarityAttention<float>&, DiagonalOf<float>, const Ratings<float>&, Unrated,
                                   const PredictionBlock<float>&);
template void predict_over_columns(const SimilarityAttention<double>&, DiagonalOf<double>, const Ratings<double>&,
                                   Unrated, const PredictionBlock<double>&);

}  // namespace attune
