#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/model.h"

namespace attune {

// iALS: the matrix of who met what, factorised with every pair that did not meet as weak evidence against (Hu, Koren
// and Volinsky, 2008), regularised by frequency as Rendle, Krichene, Zhang and Koren (Revisiting the performance of
// iALS on item recommendation benchmarks, 2021) found decisive; docs/mathematics.md, equations B16 to B19. Vectors of
// users are not kept: a history is folded in, which is what the last half-round of training would do with it.
struct IalsConfig {
  std::int64_t width = 128;        // D
  double regularization = 0.0003;  // lambda
  double unobserved_weight = 0.1;  // alpha0: weight of every pair as a zero, beside 1 of those that met
  double frequency_exponent = 1;   // nu: 0 regularises all alike, 1 by how often an item or user occurs
  std::int64_t iterations = 16;    // rounds, each over all users and all items
  std::int64_t cg_steps = 3;       // conjugate gradients a row and round; 0 solves exactly, which is slower
  double initial_stdev = 0.1;      // of a vector as a whole; divided by the root of the width

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("width", self.width, "values in the vector of an item");
    visit("regularization", self.regularization, "lambda");
    visit("unobserved_weight", self.unobserved_weight,
          "alpha0: weight of every pair as a zero, beside 1 of those that met");
    visit("frequency_exponent", self.frequency_exponent,
          "nu: 0 regularises all alike, 1 by how often an item or user occurs");
    visit("iterations", self.iterations, "rounds, each over all users and all items");
    visit("cg_steps", self.cg_steps, "conjugate gradients a row and round; 0 solves exactly, which is slower");
    visit("initial_stdev", self.initial_stdev, "size of the random vectors that training starts from");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

// lambda (n + alpha0 others)^nu: what is added to the diagonal for a user of n items among `others` in all, and the
// other way round.
double ials_ridge(const IalsConfig& config, std::size_t n, std::size_t others);

std::unique_ptr<Recommender> fit_ials(const TrainingEvents&, const IalsConfig&, FitContext&);
std::unique_ptr<Recommender> load_ials(const ModelReader&, const IalsConfig&);

}  // namespace attune
