#pragma once

#include <span>

#include "models/recommender.h"

namespace attune {

// A recommender whose score of an item is the dot product of a vector of the history and a vector of the item, so that
// retrieval can scan or index the items' vectors. For queries that are not personal() the score is the model's prior
// instead, and no such product.
class VectorRecommender : public Recommender {
 public:
  // [items(), D], row by item; valid as long as the model.
  virtual MatrixView item_vectors() const = 0;

  // out [queries, D]: the vector of each history; zeros where it is not personal.
  virtual void encode(std::span<const Query> queries, MutableMatrixView out) const = 0;
};

}  // namespace attune
