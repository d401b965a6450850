#pragma once

#include <memory>
#include <vector>

#include "models/model.h"

namespace attune {

// Scores an item by log(1 + its training events), the same for everybody: the least that a recommender must beat.
struct PopularityConfig {
  template <class Self, class Visit>
  static void each_field(Self&, Visit&&) {}
  static std::vector<SearchRange> search_ranges() { return {}; }
  void validate() const {}
};

// A model that answers everybody with these scores, one an item, none negative.
std::unique_ptr<Recommender> popularity_of(std::vector<float> scores);

std::unique_ptr<Recommender> fit_popularity(const TrainingEvents&, const PopularityConfig&, FitContext&);
std::unique_ptr<Recommender> load_popularity(const ModelReader&, const PopularityConfig&);

}  // namespace attune
