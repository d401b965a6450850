#include "models/baselines/user_knn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "features/row_blocks.h"
#include "models/baselines/interactions.h"
#include "models/baselines/popularity_prior.h"
#include "models/sparse_rows.h"

namespace attune {
namespace {

const std::string kHistories = "histories", kWeights = "weights";

// The square of the logarithm of 2^64.
constexpr double kWeightMax = 2000;

// What the model holds. Views, valid as long as `owner` lives.
struct Tensors {
  SparseView histories;             // [histories, V], every value 1
  std::span<const double> weights;  // what an item that is shared adds, [V]
  std::span<const float> log_counts;
  std::shared_ptr<const void> owner;
};

class UserKnn final : public Recommender {
 public:
  UserKnn(const UserKnnConfig& config, Tensors tensors)
      : neighbors_(static_cast<std::size_t>(config.neighbors)),
        likeness_(config.likeness, mean_members(tensors.histories)),
        tensors_(std::move(tensors)),
        by_item_(transposed(tensors_.histories)) {
    for (std::size_t h = 0; h < tensors_.histories.rows(); ++h) {
      sizes_.push_back(likeness_.size(tensors_.histories.row(h).columns, tensors_.weights));
    }
  }

  std::size_t items() const override { return tensors_.log_counts.size(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    Search search(*this);
    std::vector<double> sums(items());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (!personal(queries[q])) {
        std::ranges::copy(tensors_.log_counts, scores.row(q).begin());
        continue;
      }
      std::ranges::fill(sums, 0.0);
      for (const RowEntry& near : search.neighbors(met_items(queries[q].history, items()))) {
        for (const std::uint32_t item : tensors_.histories.row(near.column).columns) {
          sums[item] += static_cast<double>(near.value);
        }
      }
      std::ranges::transform(sums, scores.row(q).begin(), [](double sum) { return static_cast<float>(sum); });
    }
  }

  // A neighbour's vote is due to the items that are shared, each by its weight.
  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    const std::vector<MetItem> met = met_items(query.history, items());
    std::vector<double> sums(query.history.size());
    Search search(*this);
    for (const RowEntry& near : search.neighbors(met)) {
      const auto theirs = tensors_.histories.row(near.column).columns;
      if (!std::ranges::binary_search(theirs, static_cast<std::uint32_t>(item))) continue;
      double shared = 0;
      for (const MetItem& one : met) {
        if (std::ranges::binary_search(theirs, one.item)) shared += tensors_.weights[one.item];
      }
      for (const MetItem& one : met) {
        if (!std::ranges::binary_search(theirs, one.item)) continue;
        sums[one.position] += static_cast<double>(near.value) * tensors_.weights[one.item] / shared;
      }
    }
    return {sums.begin(), sums.end()};
  }

  // The cosine of the sets of histories that hold the items.
  std::vector<float> similar(ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    const SparseView by_item = by_item_.view();
    std::vector<double> shared(items());
    for (const std::uint32_t history : by_item.row(to_size(item)).columns) {
      for (const std::uint32_t other : tensors_.histories.row(history).columns) shared[other] += 1;
    }
    std::vector<float> found(items(), -std::numeric_limits<float>::infinity());
    const auto own = static_cast<double>(by_item.row(to_size(item)).columns.size());
    for (std::size_t j = 0; j < found.size(); ++j) {
      const auto theirs = static_cast<double>(by_item.row(j).columns.size());
      if (shared[j] > 0) found[j] = static_cast<float>(shared[j] / std::sqrt(own * theirs));
    }
    return found;
  }

  bool personal(const Query& query) const override {
    return std::ranges::any_of(query.history.items, [this](ItemIndex item) {
      ATTUNE_CHECK(to_size(item) < items());
      return !by_item_.view().row(to_size(item)).columns.empty();
    });
  }

  void save(ModelWriter& writer) const override {
    writer.add_sparse(kHistories, tensors_.histories);
    writer.add(kWeights, {tensors_.weights.size()}, tensors_.weights);
    save_log_counts(writer, tensors_.log_counts);
  }

 private:
  // Finds neighbours, with sums for all histories that are reused. Not thread-safe.
  class Search {
   public:
    explicit Search(const UserKnn& model) : model_(model), shared_(model.sizes_.size()), common_(model.sizes_.size()) {}

    // The most alike histories, by row, with their likeness.
    const std::vector<RowEntry>& neighbors(const std::vector<MetItem>& met) {
      std::vector<std::uint32_t> own;
      for (const MetItem& one : met) {
        own.push_back(one.item);
        for (const std::uint32_t history : model_.by_item_.view().row(one.item).columns) {
          if (common_[history]++ == 0) touched_.push_back(history);
          shared_[history] += model_.tensors_.weights[one.item];
        }
      }
      const double size = model_.likeness_.size(own, model_.tensors_.weights);
      found_.clear();
      for (const std::uint32_t history : touched_) take(history, size);
      touched_.clear();
      keep_largest(found_, model_.neighbors_);
      return found_;
    }

   private:
    void take(std::uint32_t history, double size) {
      const double shared = std::exchange(shared_[history], 0);
      const std::size_t common = std::exchange(common_[history], 0);
      if (common == model_.tensors_.histories.row(history).columns.size()) return;
      const auto value = static_cast<float>(model_.likeness_(shared, size, model_.sizes_[history]));
      if (value > 0) found_.push_back({history, value});
    }

    const UserKnn& model_;
    std::vector<double> shared_;
    std::vector<std::uint32_t> common_, touched_;
    std::vector<RowEntry> found_;
  };

  std::size_t neighbors_;
  Likeness likeness_;
  Tensors tensors_;
  SparseMatrix by_item_;       // [V, histories]
  std::vector<double> sizes_;  // of the histories, in the likeness's measure
};

struct OwnedTensors {
  SparseMatrix histories;
  std::vector<double> weights;
  std::vector<float> log_counts;
};

// Without the empty ones, and in the order of their content.
SparseMatrix anonymous(const SparseMatrix& users) {
  std::vector<std::span<const std::uint32_t>> sets;
  for (std::size_t u = 0; u < users.view().rows(); ++u) {
    const auto items = users.view().row(u).columns;
    if (!items.empty()) sets.push_back(items);
  }
  std::sort(sets.begin(), sets.end(),
            [](const auto& a, const auto& b) { return std::ranges::lexicographical_compare(a, b); });
  SparseMatrix sorted;
  sorted.width = users.width;
  for (const auto& items : sets) {
    sorted.columns.insert(sorted.columns.end(), items.begin(), items.end());
    sorted.offsets.push_back(sorted.columns.size());
  }
  sorted.values.assign(sorted.columns.size(), 1.0F);
  return sorted;
}

}  // namespace

std::vector<SearchRange> UserKnnConfig::search_ranges() {
  return {SearchRange::log("neighbors", 10, 1000),
          SearchRange::choice("similarity", {"cosine", "jaccard", "tf-idf", "bm25"}),
          SearchRange::linear("shrinkage", 0, 100), SearchRange::log("bm25_k1", 1, 1000),
          SearchRange::linear("bm25_b", 0, 1)};
}

void UserKnnConfig::validate() const {
  if (neighbors < 0) {
    throw Error(ErrorKind::kUsage, "neighbors is ", neighbors, "; expected 0 or a positive number of histories.");
  }
  likeness.validate();
}

std::unique_ptr<Recommender> fit_user_knn(const TrainingEvents& events, const UserKnnConfig& config, FitContext&) {
  config.validate();
  auto owned = std::make_shared<OwnedTensors>();
  owned->histories = anonymous(interactions(events));
  owned->weights = member_weights(config.likeness, owned->histories.view());
  owned->log_counts = log_counts(events);
  return std::make_unique<UserKnn>(config, Tensors{owned->histories.view(), owned->weights, owned->log_counts, owned});
}

std::unique_ptr<Recommender> load_user_knn(const ModelReader& reader, const UserKnnConfig& config) {
  const auto offsets = reader.values<std::uint64_t>(kHistories + ".offsets", 1);
  if (offsets.empty()) reader.refuse(kHistories, "has no offsets");
  const SparseView histories = reader.sparse(kHistories, offsets.size() - 1, reader.items());
  for (const float value : histories.values) {
    if (value != 1) reader.refuse(kHistories, "a value is " + std::to_string(value) + ", not 1");
  }
  const auto weights = reader.values<double>(kWeights, 1);
  if (weights.size() != reader.items()) {
    reader.refuse(kWeights,
                  "has " + std::to_string(weights.size()) + " values for " + std::to_string(reader.items()) + " items");
  }
  for (const double weight : weights) {
    if (!(weight >= 0 && weight <= kWeightMax)) reader.refuse(kWeights, "a value is no weight of an item");
  }
  return std::make_unique<UserKnn>(config, Tensors{histories, weights, load_log_counts(reader), reader.keep_alive()});
}

}  // namespace attune
