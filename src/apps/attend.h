#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/matrix_in.h"
#include "apps/matrix_out.h"
#include "attention/similarity_attention.h"
#include "base/thread_pool.h"

namespace attune {

// What `attune attend` computes: attention of given features and predictions from given ratings.

enum class Predict { kLiteral, kUserUser, kItemItem };

struct AttendRequest {
  std::optional<MatrixIn> user_features;
  std::optional<MatrixIn> item_features;
  std::optional<MatrixIn> ratings;
  std::optional<MatrixIn> prior;
  Predict predict = Predict::kLiteral;  // also says what attends to what
  Unrated unrated = Unrated::kZero;
  bool mask_self = false;
  SimilarityAttentionConfig config;
  std::size_t top_k = 0;  // 0: whole rows
  std::optional<std::filesystem::path> out_attention;
  std::optional<std::filesystem::path> out_predictions;
  Labels labels;
};

struct SparseEntry {
  std::size_t column;
  double weight;
};

// Small matrices are kept to be printed, unless files were asked for; of a large one the first rows' largest weights.
struct AttendResult {
  MatrixShape shape;
  std::size_t width = 0;
  std::vector<std::vector<double>> attention;
  std::vector<std::vector<SparseEntry>> largest;
  MatrixShape prediction_shape;  // 0 x 0 without ratings
  std::vector<std::vector<double>> predictions;
  double attention_seconds = 0;  // 0 when the whole was not computed
  double prediction_seconds = 0;
};

inline constexpr std::size_t kPrintedSideMax = 20;

// T is the precision. Memory beside the features does not grow with rows x columns.
template <class T>
AttendResult attend(const AttendRequest& request, ThreadPool& pool);

}  // namespace attune
