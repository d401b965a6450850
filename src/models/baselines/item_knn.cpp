#include "models/baselines/item_knn.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "features/row_blocks.h"
#include "models/baselines/interactions.h"
#include "models/baselines/popularity_prior.h"
#include "models/sparse_rows.h"

namespace attune {
namespace {

const std::string kLikeness = "likeness";

// No likeness of valid settings is larger: BM25 of two items with all weights at their largest.
constexpr float kLikenessMax = 1e15F;

class ItemKnn final : public Recommender {
 public:
  // Views, valid as long as `owner` lives.
  ItemKnn(SparseView likeness, std::span<const float> log_counts, std::shared_ptr<const void> owner)
      : likeness_(likeness), log_counts_(log_counts), owner_(std::move(owner)) {}

  std::size_t items() const override { return log_counts_.size(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    std::vector<double> sums(items());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (!personal(queries[q])) {
        std::ranges::copy(log_counts_, scores.row(q).begin());
        continue;
      }
      std::ranges::fill(sums, 0.0);
      for (const MetItem& met : met_items(queries[q].history, items())) {
        const SparseView::Row row = likeness_.row(met.item);
        for (std::size_t n = 0; n < row.columns.size(); ++n) sums[row.columns[n]] += static_cast<double>(row.values[n]);
      }
      std::ranges::transform(sums, scores.row(q).begin(), [](double sum) { return static_cast<float>(sum); });
    }
  }

  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(query.history.size(), 0.0F);
    for (const MetItem& met : met_items(query.history, items())) {
      found[met.position] = entry(likeness_.row(met.item), static_cast<std::uint32_t>(item));
    }
    return found;
  }

  std::vector<float> similar(ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(items(), -std::numeric_limits<float>::infinity());
    const SparseView::Row row = likeness_.row(to_size(item));
    for (std::size_t n = 0; n < row.columns.size(); ++n) found[row.columns[n]] = row.values[n];
    return found;
  }

  bool personal(const Query& query) const override {
    return std::ranges::any_of(query.history.items, [this](ItemIndex item) {
      ATTUNE_CHECK(to_size(item) < items());
      return !likeness_.row(to_size(item)).columns.empty();
    });
  }

  void save(ModelWriter& writer) const override {
    writer.add_sparse(kLikeness, likeness_);
    save_log_counts(writer, log_counts_);
  }

 private:
  SparseView likeness_;
  std::span<const float> log_counts_;
  std::shared_ptr<const void> owner_;
};

// Makes rows of likenesses, with a sum for each item that is reused. Not thread-safe.
class LikenessRows {
 public:
  struct Sets {
    SparseView users;  // a row a user: the items
    SparseView items;  // a row an item: the users
    std::span<const double> weights, sizes;
  };
  LikenessRows(const Sets& sets, const Likeness& likeness, std::size_t neighbors)
      : sets_(sets), likeness_(likeness), neighbors_(neighbors), shared_(sets.items.rows()) {}

  void append(std::size_t item, SparseMatrix& out) {
    const auto users = sets_.items.row(item).columns;
    std::size_t pairs = 0;
    for (const std::uint32_t user : users) pairs += sets_.users.offsets[user + 1] - sets_.users.offsets[user];
    row_.clear();
    // Where there are many pairs it is cheaper to look at every sum than to remember which were touched.
    pairs > shared_.size() / 4 ? add_all(item, users) : add_touched(item, users);
    keep_largest(row_, neighbors_);
    append_row(row_, out);
  }

 private:
  void add_all(std::size_t item, std::span<const std::uint32_t> users) {
    for (const std::uint32_t user : users) {
      const double weight = sets_.weights[user];
      for (const std::uint32_t other : sets_.users.row(user).columns) shared_[other] += weight;
    }
    for (std::size_t other = 0; other < shared_.size(); ++other) take(item, static_cast<std::uint32_t>(other));
  }

  void add_touched(std::size_t item, std::span<const std::uint32_t> users) {
    touched_.clear();
    for (const std::uint32_t user : users) {
      const double weight = sets_.weights[user];
      if (weight == 0) continue;
      for (const std::uint32_t other : sets_.users.row(user).columns) {
        if (shared_[other] == 0) touched_.push_back(other);
        shared_[other] += weight;
      }
    }
    for (const std::uint32_t other : touched_) take(item, other);
  }

  // Turns a sum into an entry of the row, and clears it.
  void take(std::size_t item, std::uint32_t other) {
    const double shared = shared_[other];
    if (shared == 0) return;
    shared_[other] = 0;
    const auto value = static_cast<float>(likeness_(shared, sets_.sizes[item], sets_.sizes[other]));
    if (other != item && value > 0) row_.push_back({other, value});
  }

  const Sets& sets_;
  const Likeness& likeness_;
  std::size_t neighbors_;
  std::vector<double> shared_;
  std::vector<std::uint32_t> touched_;
  std::vector<RowEntry> row_;
};

SparseMatrix likenesses(const TrainingEvents& events, const ItemKnnConfig& config, ThreadPool& pool) {
  const SparseMatrix users = interactions(events);
  const SparseMatrix items = transposed(users.view());
  const Likeness likeness(config.likeness, mean_members(items.view()));
  const std::vector<double> weights = member_weights(config.likeness, items.view());
  std::vector<double> sizes;
  for (std::size_t i = 0; i < items.view().rows(); ++i) {
    sizes.push_back(likeness.size(items.view().row(i).columns, weights));
  }
  const LikenessRows::Sets sets{users.view(), items.view(), weights, sizes};
  return made_in_blocks(sizes.size(), sizes.size(), pool, [&](std::size_t first, std::size_t last, SparseMatrix& out) {
    LikenessRows rows(sets, likeness, static_cast<std::size_t>(config.neighbors));
    for (std::size_t item = first; item < last; ++item) rows.append(item, out);
  });
}

struct OwnedTensors {
  SparseMatrix likeness;
  std::vector<float> log_counts;
};

}  // namespace

std::vector<SearchRange> ItemKnnConfig::search_ranges() {
  return {SearchRange::log("neighbors", 10, 1000),
          SearchRange::choice("similarity", {"cosine", "jaccard", "tf-idf", "bm25"}),
          SearchRange::linear("shrinkage", 0, 100), SearchRange::log("bm25_k1", 1, 1000),
          SearchRange::linear("bm25_b", 0, 1)};
}

void ItemKnnConfig::validate() const {
  if (neighbors < 0) {
    throw Error(ErrorKind::kUsage, "neighbors is ", neighbors, "; expected 0 or a positive number of items.");
  }
  likeness.validate();
}

std::unique_ptr<Recommender> fit_item_knn(const TrainingEvents& events, const ItemKnnConfig& config,
                                          FitContext& context) {
  config.validate();
  auto owned = std::make_shared<OwnedTensors>();
  owned->likeness = likenesses(events, config, context.pool);
  owned->log_counts = log_counts(events);
  return std::make_unique<ItemKnn>(owned->likeness.view(), owned->log_counts, owned);
}

std::unique_ptr<Recommender> load_item_knn(const ModelReader& reader, const ItemKnnConfig&) {
  const SparseView likeness = reader.sparse(kLikeness, reader.items(), reader.items());
  refuse_larger(reader, kLikeness, likeness.values, kLikenessMax);
  return std::make_unique<ItemKnn>(likeness, load_log_counts(reader), reader.keep_alive());
}

}  // namespace attune
