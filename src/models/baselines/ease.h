#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/model.h"

namespace attune {

// EASE (Steck, Embarrassingly shallow autoencoders for sparse data, 2019): the item-to-item weights that rebuild the
// users' sets of items with least squares, an item never from itself (docs/mathematics.md, equations B10 to B12). In
// closed form: one inverse of a matrix of items x items, in double.
//
// A catalogue too large for that takes the low-rank form: the co-occurrence is cut to its `rank` largest
// eigenvalues, found by subspace iteration, and keeps its diagonal, so that items x rank is the largest thing held.
struct EaseConfig {
  double regularization = 100;  // lambda, added to the diagonal of the items' co-occurrence
  std::string form = "auto";    // full, low-rank, or auto: full up to 20,000 items
  std::int64_t rank = 512;      // low-rank: eigenvalues kept
  std::int64_t iterations = 6;  // low-rank: rounds of subspace iteration

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("regularization", self.regularization, "lambda, added to the diagonal of the co-occurrence of items");
    visit("form", self.form, "full, low-rank, or auto: full up to 20,000 items with events");
    visit("rank", self.rank, "low-rank: eigenvalues kept");
    visit("iterations", self.iterations, "low-rank: rounds of subspace iteration");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_ease(const TrainingEvents&, const EaseConfig&, FitContext&);
std::unique_ptr<Recommender> load_ease(const ModelReader&, const EaseConfig&);

}  // namespace attune
