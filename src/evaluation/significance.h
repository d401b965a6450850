#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix_view.h"
#include "base/thread_pool.h"

namespace attune {

// How sure differences between models are that were measured on the same users: the paired bootstrap (Efron and
// Tibshirani, 1993) with Holm's correction for many comparisons. docs/mathematics.md, equations 24 and 25.

struct BootstrapConfig {
  std::size_t resamples = 10'000;
  std::uint64_t seed = 1;
};

// What 95 % of the resampled means lie in (percentiles).
struct Interval {
  double low = 0;
  double high = 0;
};

// Of the means of models a < b: a's less b's.
struct Difference {
  std::size_t a = 0, b = 0;
  double mean = 0;
  Interval interval;
  double p = 1;       // two-sided; never below 2 / (resamples + 1)
  double p_holm = 1;  // the same, corrected for all pairs
};

struct Significance {
  std::vector<double> means;            // by model
  std::vector<Interval> intervals;      // by model
  std::vector<Difference> differences;  // of all pairs, (0, 1), (0, 2) … (1, 2) …
};

// values(u, m) is what user u gave model m. Users are drawn with replacement, the same for all models. The same result
// for any number of threads. Without users everything is 0 and nothing is significant.
Significance paired_bootstrap(BasicMatrixView<const double> values, const BootstrapConfig& config, ThreadPool& pool);

// Holm's step-down correction: the p-values under which the chance of any false rejection is kept, in the order given.
std::vector<double> holm(std::span<const double> p);

}  // namespace attune
