#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "models/recommender.h"

namespace attune {

// For tests: a recommender whose answers are given.
class RecommenderForTest final : public Recommender {
 public:
  using Scores = std::function<std::vector<float>(const Query&)>;

  // Asked of each query; must give so many scores, from any thread.
  RecommenderForTest(std::size_t items, Scores scores) : items_(items), scores_(std::move(scores)) {}

  // The same scores for everybody.
  explicit RecommenderForTest(std::vector<float> scores)
      : RecommenderForTest(scores.size(), [scores](const Query&) { return scores; }) {}

  std::size_t items() const override { return items_; }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items_);
    std::size_t largest = largest_block_;
    while (queries.size() > largest && !largest_block_.compare_exchange_weak(largest, queries.size())) {
    }
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::vector<float> row = scores_(queries[q]);
      ATTUNE_CHECK(row.size() == items_);
      std::ranges::copy(row, scores.row(q).begin());
    }
  }

  std::vector<float> contributions(const Query&, ItemIndex) const override { return contributions_; }
  std::vector<float> similar(ItemIndex) const override { return similar_; }
  bool personal(const Query& query) const override { return !query.history.empty(); }
  bool asks_when() const override { return asks_when_; }
  void save(ModelWriter&) const override {}

  void set_contributions(std::vector<float> values) { contributions_ = std::move(values); }
  void set_similar(std::vector<float> values) { similar_ = std::move(values); }
  void set_asks_when() { asks_when_ = true; }
  std::size_t largest_block() const { return largest_block_; }  // most queries that were asked in one call

 private:
  std::size_t items_;
  Scores scores_;
  std::vector<float> contributions_, similar_;
  bool asks_when_ = false;
  mutable std::atomic<std::size_t> largest_block_{0};
};

}  // namespace attune
