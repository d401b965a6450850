#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "data/dataset.h"
#include "data/split.h"
#include "evaluation/evaluate.h"
#include "evaluation/significance.h"

namespace attune {

// What `attune compare` does: fits models to one split, measures them on one part, and says how sure the differences
// are.

struct ComparisonRequest {
  std::filesystem::path dataset_path;
  std::vector<std::string> models;  // "ease", or with settings "ease=tuned.toml"; as asked for, distinct
  SplitConfig split;                // resolved
  EvaluationConfig evaluation;
  std::string metric = "ndcg@10";  // one at 10, that models are ordered and compared by
  BootstrapConfig bootstrap;
  std::uint64_t seed = 1;
  int threads = 0;
  std::filesystem::path work;  // where models and results lie; results of the same request found there are used again
};

// One of the models.
struct ComparedModel {
  std::string name;    // as asked for
  std::string config;  // its settings, a JSON object
  double train_seconds = 0, train_peak_mb = 0;
  double score_seconds = 0, score_peak_mb = 0;         // ranking all users of the part
  std::vector<std::pair<double, double>> validations;  // seconds of the fit, NDCG@10 of the validation part
  Evaluation evaluation;
};

struct Comparison {
  std::vector<ComparedModel> models;  // best first; ties as asked for
  Significance significance;          // of the metric, in the order of `models`
};

// Each model is fitted and measured in processes of its own, so that its peak memory is its own. Throws Error when one
// of them fails, with its words.
Comparison compare(const ComparisonRequest& request, const Dataset& dataset, ThreadPool& pool);

// The place in kMetricFields of a metric such as "ndcg@10". Throws Error(kUsage) that lists them.
std::size_t metric_field(const std::string& key);

// "ease" and "tuned.toml" of "ease=tuned.toml".
struct ModelWord {
  std::string kind;
  std::filesystem::path config;  // empty without
};
ModelWord parse_model_word(const std::string& word);

}  // namespace attune
