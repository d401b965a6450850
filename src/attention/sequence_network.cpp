#include "attention/sequence_network.h"

#include <algorithm>

#include "attention/dropout_places.h"
#include "base/check.h"
#include "kernels/vector.h"

namespace attune {

template <class T>
SequenceNetwork<T>::SequenceNetwork(const NetworkConfig& config) : config_(config) {
  ATTUNE_CHECK(config.heads > 0 && config.width % config.heads == 0 && config.max_history > 0);
  if (config.positions) positions_ = list_.add("positions", config.max_history, config.width, Initial::kSmallNormal);
  for (std::size_t b = 0; b < config.blocks; ++b) blocks_.push_back(make_block<T>(list_, b, config));
  norm_ = std::make_unique<Norm<T>>(list_, "norm", config.width, config.norm);
}

template <class T>
void SequenceNetwork<T>::pack(const T* parameters, kernels::Products products) {
  values_ = parameters;
  for (const auto& block : blocks_) block->pack(parameters, products);
}

template <class T>
BasicMatrixView<T> SequenceNetwork<T>::embedded(const Tokens& tokens, BasicMatrixView<const T> table,
                                                const DropoutKey& dropout, Workspace& work) const {
  const std::size_t width = config_.width;
  const BasicMatrixView<T> x = work.arena.matrix(tokens.size(), width);
  const T scale = static_cast<T>(config_.embedding_scale);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    T* row = x.row(t).data();
    if (config_.positions) {
      std::copy_n(values_ + positions_ + tokens.positions[t] * width, width, row);
    } else {
      std::fill_n(row, width, T(0));
    }
    kernels::axpy(scale, table.row(tokens.items[t]).data(), row, width);
  }
  const auto mask = dropout_at(dropout, kEmbeddingPlace);
  if (mask.drops()) kernels::dropout(mask, 0, x.data, tokens.size() * width);
  return x;
}

template <class T>
BasicMatrixView<const T> SequenceNetwork<T>::begin(const Tokens& tokens, BasicMatrixView<const T> table,
                                                   const DropoutKey& dropout, Workspace& work) const {
  ATTUNE_CHECK(values_ != nullptr && table.columns == config_.width);
  work.arena.reset();
  work.bytes.reset();
  work.buckets.clear();
  for (std::size_t b = 0; b < tokens.sequences() && config_.time_bias; ++b) {
    work.buckets.push_back(RelativeBias<T>::buckets(tokens, b, work.bytes));
  }
  work.blocks.resize(blocks_.size());
  return embedded(tokens, table, dropout, work);
}

template <class T>
BasicMatrixView<const T> SequenceNetwork<T>::forward(const Tokens& tokens, BasicMatrixView<const T> table,
                                                     const DropoutKey& dropout, Workspace& work) const {
  BasicMatrixView<const T> x = begin(tokens, table, dropout, work);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    blocks_[b]->forward(context(tokens, dropout, work), x, work.blocks[b], work.arena);
    x = work.blocks[b].y;
  }
  work.norm = norm_->forward(x, values_, work.arena);
  return work.norm.y;
}

template <class T>
BasicMatrixView<const T> SequenceNetwork<T>::encode(const Tokens& tokens, BasicMatrixView<const T> table,
                                                    Workspace& work) const {
  BasicMatrixView<const T> x = begin(tokens, table, {}, work);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const BlockContext<T> here = context(tokens, {}, work);
    if (b + 1 < blocks_.size()) {
      blocks_[b]->forward(here, x, work.blocks[b], work.arena);
    } else {
      blocks_[b]->last(here, x, work.blocks[b], work.arena);
    }
    x = work.blocks[b].y;
  }
  if (blocks_.empty()) x = last_rows(tokens, x, work.arena);
  return norm_->forward(x, values_, work.arena).y;
}

template <class T>
BasicMatrixView<const T> SequenceNetwork<T>::backward(const Tokens& tokens, BasicMatrixView<const T> d_hidden,
                                                      const DropoutKey& dropout, T* gradients, Workspace& work) const {
  const std::size_t width = config_.width;
  BasicMatrixView<T> dy = work.arena.matrix(tokens.size(), width), dx = work.arena.matrix(tokens.size(), width);
  norm_->backward(work.norm, d_hidden, dy, kernels::Accumulate::kNo, values_, gradients);
  for (std::size_t b = blocks_.size(); b-- > 0;) {
    const auto mark = work.arena.mark();
    blocks_[b]->backward(context(tokens, dropout, work), work.blocks[b], dy, dx, gradients, work.arena);
    work.arena.reset(mark);  // the next block's gradients lie where these did, in the cache
    std::swap(dy, dx);
  }
  const auto mask = dropout_at(dropout, kEmbeddingPlace);
  if (mask.drops()) kernels::dropout(mask, 0, dy.data, tokens.size() * width);
  for (std::size_t t = 0; t < tokens.size() && config_.positions; ++t) {
    kernels::axpy(T(1), dy.row(t).data(), gradients + positions_ + tokens.positions[t] * width, width);
  }
  kernels::scale(static_cast<T>(config_.embedding_scale), dy.data, tokens.size() * width);
  return dy;
}

template class SequenceNetwork<float>;
template class SequenceNetwork<double>;

}  // namespace attune
