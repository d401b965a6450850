#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/sparse_matrix.h"
#include "base/thread_pool.h"
#include "data/training_events.h"

namespace attune {

// Feature extractors: each makes a sparse matrix with a row an item (of TrainingEvents::items()) from training events
// or the catalogue. Rows are scaled to unit length unless they are zero, so that a dot product of rows is a cosine.

// Which pairs of a history's events count as having occurred together, and how.
struct CooccurrenceConfig {
  std::int64_t window = 0;       // pairs at most this many events apart; 0: any
  bool forward = false;          // row i counts only events that follow i, so that order matters
  double normalization = 0.5;    // C(i, j) / (n_i^a n_j^a), a = this: 0.5 is the cosine, 0 raw counts
  double shrinkage = 0;          // added to the denominator: damps pairs that few users share
  std::int64_t neighbors = 500;  // largest entries kept a row; 0: all
};

// Item x item: entry (i, j) is how strongly j occurs with i (docs/mathematics.md, equation 6). The diagonal is left
// out. Entries as the equation gives them, rows not rescaled. Memory: a block of rows at a time, plus what is kept.
// Deterministic for any number of threads.
SparseMatrix cooccurrence(const TrainingEvents& events, const CooccurrenceConfig& config, ThreadPool& pool);

// One-hot columns for categories, multi-hot for lists, ten equal-frequency bins for numbers and dates, each
// weighted by its inverse document frequency; texts, paths and vectors are not read. Zero columns when the catalogue
// has none of these.
SparseMatrix attribute_features(const TrainingEvents& events);

// tf-idf (1 + log tf, smoothed idf) over the words of all text columns: ICU's word boundaries, so that Chinese,
// Japanese and Thai are segmented too; case-folded (NFKC_Casefold). The vocabulary is words of at least two items.
SparseMatrix text_features(const TrainingEvents& events);

// Rows of a .npy file, one for each row of the dataset's item table in its order. Throws Error(kBadInput) when
// the counts differ, naming both. Dense rows come back as sparse rows without zeros.
SparseMatrix vector_features(const TrainingEvents& events, const std::filesystem::path& npy);

}  // namespace attune
