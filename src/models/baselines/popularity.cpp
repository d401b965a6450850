#include "models/baselines/popularity.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "models/baselines/popularity_prior.h"

namespace attune {
namespace {

const std::string kScores = "log_popularity";

class Popularity final : public Recommender {
 public:
  // `scores` must stay valid as long as `owner` lives.
  Popularity(std::span<const float> scores, std::shared_ptr<const void> owner)
      : scores_(scores), owner_(std::move(owner)) {}

  std::size_t items() const override { return scores_.size(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    for (std::size_t q = 0; q < queries.size(); ++q) std::ranges::copy(scores_, scores.row(q).begin());
  }

  std::vector<float> contributions(const Query& query, ItemIndex) const override {
    return std::vector<float>(query.history.size(), 0.0F);
  }

  std::vector<float> similar(ItemIndex) const override { return {}; }

  bool personal(const Query&) const override { return false; }

  void save(ModelWriter& writer) const override { writer.add(kScores, {scores_.size()}, scores_); }

 private:
  std::span<const float> scores_;
  std::shared_ptr<const void> owner_;
};

}  // namespace

std::unique_ptr<Recommender> popularity_of(std::vector<float> scores) {
  auto owned = std::make_shared<std::vector<float>>(std::move(scores));
  const std::span<const float> view = *owned;
  return std::make_unique<Popularity>(view, std::move(owned));
}

std::unique_ptr<Recommender> fit_popularity(const TrainingEvents& events, const PopularityConfig&, FitContext&) {
  return popularity_of(log_counts(events));
}

std::unique_ptr<Recommender> load_popularity(const ModelReader& reader, const PopularityConfig&) {
  const auto scores = reader.values<float>(kScores, 1);
  if (scores.size() != reader.items()) {
    reader.refuse(kScores,
                  "has " + std::to_string(scores.size()) + " values for " + std::to_string(reader.items()) + " items");
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i]) || scores[i] < 0) {
      reader.refuse(kScores, "value " + std::to_string(i) + " is no logarithm of a count");
    }
  }
  return std::make_unique<Popularity>(scores, reader.keep_alive());
}

}  // namespace attune
