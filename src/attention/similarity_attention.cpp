#include "attention/similarity_attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "attention/attention_tiles.h"
#include "kernels/vector.h"

namespace attune {

template <class T>
SimilarityAttention<T>::SimilarityAttention(BasicMatrixView<const T> queries, BasicMatrixView<const T> keys,
                                            std::span<const T> prior, const SimilarityAttentionConfig& config,
                                            ThreadPool& pool)
    : tiles_(std::make_unique<AttentionTiles<T>>(queries, keys, prior, config)), pool_(&pool) {}

template <class T>
SimilarityAttention<T>::~SimilarityAttention() = default;
template <class T>
SimilarityAttention<T>::SimilarityAttention(SimilarityAttention&&) noexcept = default;
template <class T>
SimilarityAttention<T>& SimilarityAttention<T>::operator=(SimilarityAttention&&) noexcept = default;

template <class T>
std::size_t SimilarityAttention<T>::rows() const {
  return tiles_->rows();
}

template <class T>
std::size_t SimilarityAttention<T>::columns() const {
  return tiles_->columns();
}

template <class T>
void SimilarityAttention<T>::for_each_block(
    Diagonal diagonal,
    const std::function<void(std::size_t first, BasicMatrixView<const T> weights)>& row_block) const {
  const RowCut cut = cut_rows(rows(), columns() * sizeof(T));
  std::vector<T> memory(rows() == 0 ? 0 : cut.block * columns());
  for (std::size_t first = 0; first < rows(); first += cut.block) {
    const BasicMatrixView<T> block(memory.data(), std::min(cut.block, rows() - first), columns());
    pool_->for_each((block.rows + cut.tile - 1) / cut.tile, [&](std::size_t task) {
      const std::size_t begin = task * cut.tile;
      const BasicMatrixView<T> tile = block.rows_from(begin, std::min(cut.tile, block.rows - begin));
      tiles_->logits(first + begin, 0, diagonal, tile);
      for (std::size_t r = 0; r < tile.rows; ++r) kernels::softmax(tile.row(r).data(), tile.columns);
    });
    row_block(first, block);
  }
}

namespace {

// The k best of the rows from `row` on, as weights.
template <class T>
void best_of_rows(const AttentionTiles<T>& tiles, std::size_t row, std::size_t k,
                  typename SimilarityAttention<T>::Diagonal diagonal,
                  std::span<std::vector<typename SimilarityAttention<T>::Entry>> out) {
  std::vector<typename AttentionTiles<T>::Normaliser> normalisers(out.size());
  std::vector<kernels::TopK<T>> best(out.size(), kernels::TopK<T>(k));
  tiles.normalise(row, diagonal, normalisers, best);
  for (std::size_t r = 0; r < out.size(); ++r) {
    best[r].take(out[r]);
    for (auto& entry : out[r]) {
      const double difference = static_cast<double>(entry.value) - static_cast<double>(normalisers[r].largest);
      entry.value = static_cast<T>(std::exp(difference) / normalisers[r].sum);
    }
  }
}

}  // namespace

template <class T>
void SimilarityAttention<T>::for_each_top_k(
    std::size_t k, Diagonal diagonal,
    const std::function<void(std::size_t first, std::span<const std::vector<Entry>> rows)>& block) const {
  k = std::min(k, columns());
  const RowCut cut = cut_rows(rows(), k * sizeof(Entry));
  std::vector<std::vector<Entry>> memory(std::min(cut.block, rows()));
  for (std::size_t first = 0; first < rows(); first += cut.block) {
    const std::span<std::vector<Entry>> lists = std::span(memory).first(std::min(cut.block, rows() - first));
    pool_->for_each((lists.size() + cut.tile - 1) / cut.tile, [&](std::size_t task) {
      const std::size_t begin = task * cut.tile;
      best_of_rows(*tiles_, first + begin, k, diagonal, lists.subspan(begin, std::min(cut.tile, lists.size() - begin)));
    });
    block(first, lists);
  }
}

template class SimilarityAttention<float>;
template class SimilarityAttention<double>;

}  // namespace attune
