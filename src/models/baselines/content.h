#pragma once

#include <memory>
#include <vector>

#include "models/model.h"

namespace attune {

// What is like the items of a history by what the catalogue says of them: tf-idf of attributes and of words (Lops, de
// Gemmis and Semeraro, 2011), summed over the history (docs/mathematics.md, equations 5, 7, 8 and B9). It is similarity
// attention of content alone, and shares its model and file. An item that nobody has met yet is recommended like any
// other; popularity only decides between equals, and answers when the history says nothing.
struct ContentConfig {
  double attributes_weight = 0.3;
  double text_weight = 1;
  double half_life = 1;  // events after which an event of the history counts half; 0: all count alike

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("attributes_weight", self.attributes_weight, "weight of categories, lists and numbers; 0 leaves them out");
    visit("text_weight", self.text_weight, "weight of the words of texts; 0 leaves them out");
    visit("half_life", self.half_life, "events after which an event of the history counts half; 0: all count alike");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_content(const TrainingEvents&, const ContentConfig&, FitContext&);
std::unique_ptr<Recommender> load_content(const ModelReader&, const ContentConfig&);

}  // namespace attune
