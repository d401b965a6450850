#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "apps/json_value.h"
#include "apps/recommend.h"

namespace attune {

// How answers are written down.

// {"personal", "items": [{item, score, title, reasons: [{item, title, weight, contribution}]}]}, after "user" if there
// is one.
Json answer_json(const Model& model, const Dataset* dataset, const Asked& asked, const Answer& answer);

// The newest events of the history and the ranked items with the events that each is due to.
std::string answer_text(const Model& model, const Dataset* dataset, const Asked& asked, const Answer& answer,
                        const RecommendConfig& config);

// A file of answers, written one by one. By extension: .jsonl, a JSON object a user; .csv and .parquet, a row an item:
// user, rank, item, title, score, personal, then reason_1, reason_1_weight …
class AnswerFile {
 public:
  virtual ~AnswerFile() = default;
  virtual void write(const Asked& asked, const Answer& answer) = 0;
  virtual void commit() = 0;

  static std::unique_ptr<AnswerFile> open(const std::filesystem::path& path, const Model& model, const Dataset* dataset,
                                          const RecommendConfig& config);
};

}  // namespace attune
