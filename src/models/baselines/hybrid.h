#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/model.h"

namespace attune {

// Several models fused: each answers by itself, and the answers are added up with weights (docs/mathematics.md,
// equations B20 and B21). By score, a member's scores are standardised over the items first; by rank, an item gets
// 1 / (60 + its rank) of a member (Cormack, Clarke and Büttcher, Reciprocal rank fusion, 2009).
//
// Weights that are not given are learned: one after the other, those that validate best. Where nothing is held out they
// are equal; give those of an earlier fit.
struct HybridConfig {
  std::string models = "similarity,item-knn,ials";
  std::string settings = "";     // of the members, as JSON: {"ials": {"width": 128}}
  std::string fusion = "score";  // score, rank
  std::string weights = "";      // a number a member, with commas between; empty: learned

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("models", self.models, "the members, with commas between");
    visit("settings", self.settings, "settings of the members that are not the defaults, as JSON by their names");
    visit("fusion", self.fusion, "score: standardised scores are added; rank: reciprocal ranks");
    visit("weights", self.weights, "a number a member, with commas between; empty: learned on the validation part");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_hybrid(const TrainingEvents&, const HybridConfig&, FitContext&);
std::unique_ptr<Recommender> load_hybrid(const ModelReader&, const HybridConfig&);

}  // namespace attune
