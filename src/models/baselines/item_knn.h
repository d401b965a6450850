#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baselines/likeness.h"
#include "models/model.h"

namespace attune {

// Item-based nearest neighbours (Deshpande and Karypis, 2004): an item is the set of the users who met it, and each
// item of a history votes for the `neighbors` items that are most alike (docs/mathematics.md, equation B7). Rows of
// likenesses are made a block at a time and cut at once: items x items is never held.
struct ItemKnnConfig {
  std::int64_t neighbors = 100;  // likenesses kept an item; 0: all
  LikenessConfig likeness{.similarity = "tf-idf"};

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("neighbors", self.neighbors, "most alike items kept an item; 0: all");
    each_likeness_field(self.likeness, visit);
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_item_knn(const TrainingEvents&, const ItemKnnConfig&, FitContext&);
std::unique_ptr<Recommender> load_item_knn(const ModelReader&, const ItemKnnConfig&);

}  // namespace attune
