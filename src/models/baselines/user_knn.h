#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/baselines/likeness.h"
#include "models/model.h"

namespace attune {

// User-based nearest neighbours (Herlocker et al., 1999): the `neighbors` training histories that are most alike to the
// history asked about vote for their items (docs/mathematics.md, equation B8). A history that holds nothing beyond the
// one asked about cannot say anything, and takes no neighbour's place; so a user's own training history does not.
//
// The model is the training histories themselves: sets of items without identifiers, times or order, sorted by content
// so that not even a row's place says whose it is. The likeness of a history to itself is all that could give one away.
struct UserKnnConfig {
  std::int64_t neighbors = 100;  // histories that vote; 0: all
  LikenessConfig likeness{.similarity = "tf-idf", .shrinkage = 20};

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("neighbors", self.neighbors, "most alike histories that vote; 0: all");
    each_likeness_field(self.likeness, visit);
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_user_knn(const TrainingEvents&, const UserKnnConfig&, FitContext&);
std::unique_ptr<Recommender> load_user_knn(const ModelReader&, const UserKnnConfig&);

}  // namespace attune
