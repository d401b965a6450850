#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "attention/sequence_network.h"
#include "models/recommender.h"
#include "models/sequence/sequence_config.h"

namespace attune {

// A trained network of sequence attention as a recommender. The score of item j is h · e_j, h the hidden vector of the
// newest event that the network reads; e_j has length 1 where training compared cosines. An empty history gets log(1 +
// training events) instead. Weights are kept by view and must live as long as `owner`.
class SequenceModel final : public Recommender {
 public:
  struct Tensors {
    std::span<const float> parameters;
    MatrixView table;                   // [V, D]
    std::span<const float> log_counts;  // log(count + 1), [V]
    std::shared_ptr<const void> owner;
  };
  SequenceModel(const SequenceConfig& config, Tensors tensors);
  ~SequenceModel() override;

  std::size_t items() const override { return tensors_.table.rows; }
  void score(std::span<const Query> queries, MutableMatrixView scores) const override;

  // The gradient of the item's score with respect to the event's item vector, times that vector: what the event adds to
  // the score to first order. Events that the network does not read have 0.
  std::vector<float> contributions(const Query& query, ItemIndex item) const override;

  std::vector<float> similar(ItemIndex item) const override;  // cosine of item vectors
  bool personal(const Query& query) const override { return !query.history.empty(); }
  bool asks_when() const override { return config_.time_use() == TimeUse::kQuery; }
  void save(ModelWriter& writer) const override;

  MatrixView item_vectors() const { return tensors_.table; }
  // Row q is the hidden vector of query q, whose history must not be empty: [Q, D].
  void encode(std::span<const Query> queries, MutableMatrixView out) const;

  std::span<const float> parameters() const { return tensors_.parameters; }
  const SequenceConfig& config() const { return config_; }

 private:
  struct Desk;  // what one call needs to work
  class Borrowed;

  // The histories' newest events, laid out for the network.
  Tokens laid_out(std::span<const Query> queries, Desk& desk) const;

  SequenceConfig config_;
  Tensors tensors_;
  AlignedBuffer<float> units_;  // rows of length 1, only with cosine
  MatrixView answers_;          // the item vectors that hidden ones meet
  SequenceNetwork<float> network_;
  mutable std::mutex desks_lock_;
  mutable std::vector<std::unique_ptr<Desk>> desks_;
};

}  // namespace attune
