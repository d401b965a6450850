#include "models/baselines/ease.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "kernels/accumulate.h"
#include "kernels/gemm.h"
#include "kernels/inverse.h"
#include "kernels/vector.h"
#include "models/baselines/ease_low_rank.h"
#include "models/baselines/interactions.h"
#include "models/baselines/popularity_prior.h"
#include "models/sparse_rows.h"

namespace attune {
namespace {

const std::string kWeights = "weights", kFactors = "factors", kFrom = "from", kTo = "to";

// A weight is a ratio of two entries of an inverse; the rows of factors are shorter than 1, and what scales them is so
// bounded that no file can make a score overflow.
constexpr float kWeightMax = 1e9F, kScaleMax = 1e12F;

constexpr std::size_t kFullItemsMax = 20000;

// What both forms share: the items that have weights are the first `known_`, those with training events.
class Ease : public Recommender {
 public:
  Ease(std::size_t known, std::span<const float> log_counts, std::shared_ptr<const void> owner)
      : known_(known), log_counts_(log_counts), owner_(std::move(owner)) {}

  std::size_t items() const override { return log_counts_.size(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    std::vector<double> sums(known_);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::span<float> row = scores.row(q);
      if (!personal(queries[q])) {
        std::ranges::copy(log_counts_, row.begin());
        continue;
      }
      std::ranges::fill(row, 0.0F);
      score_known(known_items(queries[q].history), sums, row.first(known_));
    }
  }

  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(query.history.size(), 0.0F);
    if (to_size(item) >= known_) return found;
    for (const MetItem& met : known_items(query.history)) found[met.position] = weight(met.item, to_size(item));
    return found;
  }

  // The partial correlation of two items, the root of the product of the weights in both directions, which share a
  // sign.
  std::vector<float> similar(ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(items(), -std::numeric_limits<float>::infinity());
    const std::size_t own = to_size(item);
    for (std::size_t j = 0; own < known_ && j < known_; ++j) {
      const float there = weight(own, j), back = weight(j, own);
      const float root = std::sqrt(std::max(0.0F, there * back));
      if (j != own && root > 0) found[j] = there > 0 ? root : -root;
    }
    return found;
  }

  bool personal(const Query& query) const override { return !known_items(query.history).empty(); }

 protected:
  // Adds up the rows of these items into `scores` [known_]; `sums` is room for as many.
  virtual void score_known(std::span<const MetItem> met, std::span<double> sums, std::span<float> scores) const = 0;
  virtual float weight(std::size_t from, std::size_t to) const = 0;

  std::vector<MetItem> known_items(const History& history) const {
    std::vector<MetItem> met = met_items(history, items());
    std::erase_if(met, [this](const MetItem& one) { return one.item >= known_; });
    return met;
  }

  std::size_t known_;
  std::span<const float> log_counts_;
  std::shared_ptr<const void> owner_;
};

class FullEase final : public Ease {
 public:
  // `weights` is [known, known]. Views, valid as long as `owner` lives.
  FullEase(MatrixView weights, std::span<const float> log_counts, std::shared_ptr<const void> owner)
      : Ease(weights.rows, log_counts, std::move(owner)), weights_(weights) {}

  void save(ModelWriter& writer) const override {
    writer.add(kWeights, {known_, known_}, std::span(weights_.data, known_ * known_));
    save_log_counts(writer, log_counts_);
  }

 private:
  void score_known(std::span<const MetItem> met, std::span<double> sums, std::span<float> scores) const override {
    std::ranges::fill(sums, 0.0);
    for (const MetItem& one : met) kernels::add_widened(weights_.row(one.item).data(), sums.data(), known_);
    std::ranges::transform(sums, scores.begin(), [](double sum) { return static_cast<float>(sum); });
  }

  float weight(std::size_t from, std::size_t to) const override { return weights_(from, to); }

  MatrixView weights_;
};

// The low-rank form's tensors: weight(i, j) = (F Fᵀ)(i, j) from(i) to(j).
struct LowRankView {
  MatrixView factors;  // [known, rank], rows shorter than 1
  std::span<const float> from, to;
};

class LowRankEase final : public Ease {
 public:
  // Views, valid as long as `owner` lives.
  LowRankEase(const LowRankView& view, std::span<const float> log_counts, std::shared_ptr<const void> owner)
      : Ease(view.factors.rows, log_counts, std::move(owner)), factors_(view.factors), from_(view.from), to_(view.to) {}

  void save(ModelWriter& writer) const override {
    writer.add(kFactors, {known_, factors_.columns}, std::span(factors_.data, known_ * factors_.columns));
    writer.add(kFrom, {known_}, from_);
    writer.add(kTo, {known_}, to_);
    save_log_counts(writer, log_counts_);
  }

 private:
  float product(std::size_t a, std::size_t b) const {
    return kernels::dot(factors_.row(a).data(), factors_.row(b).data(), factors_.columns);
  }

  void score_known(std::span<const MetItem> met, std::span<double>, std::span<float> scores) const override {
    std::vector<float> history(factors_.columns);
    for (const MetItem& one : met) {
      kernels::axpy(from_[one.item], factors_.row(one.item).data(), history.data(), history.size());
    }
    kernels::gemm_nt(MatrixView(history.data(), 1, history.size()), factors_,
                     MutableMatrixView(scores.data(), 1, scores.size()), kernels::Accumulate::kNo);
    for (const MetItem& one : met) scores[one.item] -= from_[one.item] * product(one.item, one.item);
    for (std::size_t j = 0; j < known_; ++j) scores[j] *= to_[j];
  }

  float weight(std::size_t from, std::size_t to) const override {
    return from == to ? 0.0F : product(from, to) * from_[from] * to_[to];
  }

  MatrixView factors_;
  std::span<const float> from_, to_;
};

struct OwnedTensors {
  std::vector<float> values, from, to;
  std::vector<float> log_counts;
};

struct Interactions {
  SparseMatrix users, items;  // of the items with training events alone
};

Interactions known_interactions(const TrainingEvents& events) {
  Interactions met{interactions(events), {}};
  const auto counts = events.counts();
  met.users.width =
      static_cast<std::size_t>(std::ranges::count_if(counts, [](std::uint32_t count) { return count > 0; }));
  met.items = transposed(met.users.view());
  return met;
}

// The lower triangle of Xᵀ X + lambda I, in which entry (i, j) counts the users of both.
void count_common_users(const Interactions& met, double lambda, BasicMatrixView<double> out, ThreadPool& pool) {
  constexpr std::size_t kRows = 16;
  const SparseView users = met.users.view(), items = met.items.view();
  pool.for_each((items.rows() + kRows - 1) / kRows, [&](std::size_t task) {
    for (std::size_t i = task * kRows; i < std::min(items.rows(), (task + 1) * kRows); ++i) {
      double* row = out.row(i).data();
      for (const std::uint32_t user : items.row(i).columns) {
        for (const std::uint32_t j : users.row(user).columns) {
          if (j > i) break;
          row[j] += 1;
        }
      }
      row[i] += lambda;
    }
  });
}

// B(i, j) = -P(i, j) / P(j, j) with P the inverse, and 0 on the diagonal.
std::vector<float> full_weights(const Interactions& met, double lambda, ThreadPool& pool) {
  const std::size_t n = met.items.view().rows();
  std::vector<double> values(n * n);
  const BasicMatrixView<double> inverse(values.data(), n, n);
  count_common_users(met, lambda, inverse, pool);
  if (!kernels::invert_positive_definite(inverse, pool)) {
    throw Error(ErrorKind::kUsage, "regularization is ", lambda,
                ", too small: the co-occurrence of items plus it has no inverse to rounding. Give a larger one.");
  }
  std::vector<float> weights(n * n);
  pool.for_each(n, [&](std::size_t i) {
    for (std::size_t j = 0; j < n; ++j) weights[i * n + j] = static_cast<float>(-inverse(i, j) / inverse(j, j));
    weights[i * n + i] = 0;
  });
  return weights;
}

std::unique_ptr<Recommender> fit_full(const TrainingEvents& events, const Interactions& met, const EaseConfig& config,
                                      ThreadPool& pool) {
  auto owned = std::make_shared<OwnedTensors>();
  const std::size_t n = met.items.view().rows();
  try {
    owned->values = full_weights(met, config.regularization, pool);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::kSystem, "ease: ", n, " x ", n, " weights do not fit into memory (", 12 * n * n >> 20,
                " MB while they are fitted). Pass --form low-rank.");
  }
  owned->log_counts = log_counts(events);
  return std::make_unique<FullEase>(MatrixView(owned->values.data(), n, n), owned->log_counts, owned);
}

std::unique_ptr<Recommender> fit_low_rank(const TrainingEvents& events, const Interactions& met,
                                          const EaseConfig& config, FitContext& context) {
  auto owned = std::make_shared<OwnedTensors>();
  const LowRankConfig low_rank{config.regularization, static_cast<std::size_t>(config.rank),
                               static_cast<std::size_t>(config.iterations), context.seed};
  LowRankFactors factors = low_rank_factors(met.users.view(), met.items.view(), low_rank, context.pool);
  owned->values = std::move(factors.values);
  owned->from = std::move(factors.from);
  owned->to = std::move(factors.to);
  owned->log_counts = log_counts(events);
  const MatrixView rows(owned->values.data(), met.items.view().rows(), factors.rank);
  const LowRankView view{rows, owned->from, owned->to};
  return std::make_unique<LowRankEase>(view, owned->log_counts, owned);
}

// A tensor with a row for each of the first items.
MatrixView read_rows(const ModelReader& reader, const std::string& name) {
  const auto values = reader.values<float>(name, 2);
  const auto& shape = reader.shape(name);
  if (shape[0] > reader.items()) {
    reader.refuse(name, "has " + std::to_string(shape[0]) + " rows for " + std::to_string(reader.items()) + " items");
  }
  refuse_larger(reader, name, values, kWeightMax);
  return {values.data(), shape[0], shape[1]};
}

// A positive number for each of the rows of factors.
std::span<const float> read_scales(const ModelReader& reader, const std::string& name, std::size_t rows) {
  const auto values = reader.values<float>(name, 1);
  if (values.size() != rows) reader.refuse(name, "is not as long as the factors");
  for (const float value : values) {
    if (!(value > 0 && value <= kScaleMax)) reader.refuse(name, "a value is no scale");
  }
  return values;
}

}  // namespace

std::vector<SearchRange> EaseConfig::search_ranges() { return {SearchRange::log("regularization", 1, 10000)}; }

void EaseConfig::validate() const {
  if (!(regularization > 0 && regularization <= 1e9)) {
    throw Error(ErrorKind::kUsage, "regularization is ", regularization, "; expected a positive number up to 1e9.");
  }
  if (form != "auto" && form != "full" && form != "low-rank") {
    throw Error(ErrorKind::kUsage, "form is '", form, "'; expected auto, full or low-rank.");
  }
  if (rank < 1 || rank > 8192) {
    throw Error(ErrorKind::kUsage, "rank is ", rank, "; expected a whole number from 1 to 8192.");
  }
  if (iterations < 0 || iterations > 1000) {
    throw Error(ErrorKind::kUsage, "iterations is ", iterations, "; expected a whole number from 0 to 1000.");
  }
}

std::unique_ptr<Recommender> fit_ease(const TrainingEvents& events, const EaseConfig& config, FitContext& context) {
  config.validate();
  const Interactions met = known_interactions(events);
  const bool full = config.form == "full" || (config.form == "auto" && met.items.view().rows() <= kFullItemsMax);
  return full ? fit_full(events, met, config, context.pool) : fit_low_rank(events, met, config, context);
}

std::unique_ptr<Recommender> load_ease(const ModelReader& reader, const EaseConfig&) {
  const std::span<const float> logs = load_log_counts(reader);
  if (reader.contains(kFactors)) {
    const MatrixView factors = read_rows(reader, kFactors);
    refuse_larger(reader, kFactors, std::span(factors.data, factors.rows * factors.columns), 1);
    const LowRankView view{factors, read_scales(reader, kFrom, factors.rows), read_scales(reader, kTo, factors.rows)};
    return std::make_unique<LowRankEase>(view, logs, reader.keep_alive());
  }
  const MatrixView weights = read_rows(reader, kWeights);
  if (weights.rows != weights.columns) reader.refuse(kWeights, "is not square");
  return std::make_unique<FullEase>(weights, logs, reader.keep_alive());
}

}  // namespace attune
