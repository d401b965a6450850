#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/model.h"

namespace attune {

// Similarity attention as a recommender: nothing is trained, features are counted and compared.
//
//   logit(u, j) = scale * sum_f weight_f sum_{i in history(u)} decay(i) <x_f(i), y_f(j)>  +  prior * log(count_j + 1)
//
// (docs/mathematics.md, equations 5 to 8), whose softmax over j is A(u, j): ranking by the logit is ranking by
// attention.
// The defaults are those of the best geometric mean of NDCG@10 on the validation parts (leave-one-out) of four public
// logs (docs/decisions.md).
struct SimilarityConfig {
  std::string features = "history,text";  // comma-separated: history, attributes, text, vectors
  std::string vectors;  // the .npy file for `vectors`, a row for each row of the dataset's items.arrow
  double history_weight = 1;
  double attributes_weight = 0.1;
  double text_weight = 0.1;
  double vectors_weight = 0.1;
  double half_life = 3;          // events after which an event of the history counts half; 0: all count alike
  std::int64_t window = 5;       // history: pairs at most this many events apart occur together; 0: any distance
  bool forward = true;           // history: count only what follows
  double normalization = 0.4;    // history: exponent of the counts of both items in the denominator; 0.5 is the cosine
  double shrinkage = 10;         // history: added to the denominator
  std::int64_t neighbors = 500;  // history: entries kept an item
  double scale = 10;             // multiplies the similarity beside the prior
  double prior = 0.05;           // weight of the log popularity

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("features", self.features,
          "what items are compared by: history, attributes, text, vectors, or several with commas");
    visit("vectors", self.vectors, "a .npy file of item vectors, a row for each row of the dataset's items.arrow");
    visit("history_weight", self.history_weight, "weight of the history features");
    visit("attributes_weight", self.attributes_weight, "weight of the attribute features");
    visit("text_weight", self.text_weight, "weight of the text features");
    visit("vectors_weight", self.vectors_weight, "weight of the given vectors");
    visit("half_life", self.half_life, "events after which an event of the history counts half; 0: all count alike");
    visit("window", self.window, "history: pairs at most this many events apart occur together; 0: any distance");
    visit("forward", self.forward, "history: count only what follows an item, not what came before it");
    visit("normalization", self.normalization,
          "history: exponent of both items' counts in the denominator; 0.5 is the cosine");
    visit("shrinkage", self.shrinkage, "history: added to the denominator; damps pairs that few share");
    visit("neighbors", self.neighbors, "history: largest entries kept an item; 0: all");
    visit("scale", self.scale, "multiplies the similarity beside the prior");
    visit("prior", self.prior, "weight of the log popularity");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

// Which features the config's list names. Throws Error(kUsage) that lists the names, for one that is none of them.
struct SimilarityFeatures {
  bool history = false;
  bool attributes = false;
  bool text = false;
  bool vectors = false;
};
SimilarityFeatures similarity_features(const SimilarityConfig& config);

std::unique_ptr<Recommender> fit_similarity(const TrainingEvents&, const SimilarityConfig&, FitContext&);
std::unique_ptr<Recommender> load_similarity(const ModelReader&, const SimilarityConfig&);

}  // namespace attune
