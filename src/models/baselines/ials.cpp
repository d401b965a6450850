#include "models/baselines/ials.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "kernels/gemm.h"
#include "kernels/vector.h"
#include "models/baselines/ials_factors.h"
#include "models/baselines/interactions.h"
#include "models/baselines/popularity_prior.h"
#include "models/vector_recommender.h"

namespace attune {
namespace {

const std::string kVectors = "item_vectors", kGram = "gram";

// Vectors of real logs are near 1 in length. With these bounds no score can overflow.
constexpr float kVectorMax = 1e6F;
constexpr double kGramMax = 1e21, kUserMax = 1e12;

void check(bool holds, std::string_view field, double value, std::string_view rule) {
  if (!holds) throw Error(ErrorKind::kUsage, field, " is ", value, "; expected ", rule, ".");
}

class Ials final : public VectorRecommender {
 public:
  // `vectors` [items, width], `gram` [width, width]. Views, valid as long as `owner` lives.
  Ials(const IalsConfig& config, MatrixView vectors, std::span<const double> gram, std::span<const float> log_counts,
       std::shared_ptr<const void> owner)
      : config_(config),
        vectors_(vectors),
        gram_(gram),
        log_counts_(log_counts),
        known_(static_cast<std::size_t>(std::ranges::count_if(log_counts, [](float log) { return log > 0; }))),
        owner_(std::move(owner)) {}

  std::size_t items() const override { return vectors_.rows; }
  MatrixView item_vectors() const override { return vectors_; }

  void encode(std::span<const Query> queries, MutableMatrixView out) const override {
    ATTUNE_CHECK(out.rows == queries.size() && out.columns == vectors_.columns);
    ExactRidge exact(gram_, config_.unobserved_weight, vectors_.columns);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      fold_in(queries[q].history, exact);
      // No vector of a sound file is near the bound; a score of one that is not sound must not overflow either.
      std::ranges::transform(exact.solution(), out.row(q).begin(), [](double value) {
        return std::abs(value) <= kUserMax ? static_cast<float>(value) : 0.0F;
      });
    }
  }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    std::vector<float> encoded(queries.size() * vectors_.columns);
    const MutableMatrixView users(encoded.data(), queries.size(), vectors_.columns);
    encode(queries, users);
    kernels::gemm_nt(users, vectors_, scores, kernels::Accumulate::kNo);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (!personal(queries[q])) std::ranges::copy(log_counts_, scores.row(q).begin());
    }
  }

  // The vector of a history is a matrix times the sum of its items' vectors: with that matrix held, each item's share
  // of a score is known (Hu, Koren and Volinsky, 2008, section 5).
  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(query.history.size(), 0.0F);
    ExactRidge exact(gram_, config_.unobserved_weight, vectors_.columns);
    const std::vector<MetItem> met = fold_in(query.history, exact);
    const std::span<const float> wanted = vectors_.row(to_size(item));
    std::vector<double> turned(wanted.begin(), wanted.end());
    exact.apply_inverse(turned);
    for (const MetItem& one : met) {
      const std::span<const float> vector = vectors_.row(one.item);
      double share = 0;
      for (std::size_t i = 0; i < vector.size(); ++i) share += turned[i] * static_cast<double>(vector[i]);
      found[one.position] = static_cast<float>(share);
    }
    return found;
  }

  // The cosine of the two vectors.
  std::vector<float> similar(ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(items(), -std::numeric_limits<float>::infinity());
    const std::size_t width = vectors_.columns;
    const float* own = vectors_.row(to_size(item)).data();
    const float length = std::sqrt(kernels::dot(own, own, width));
    for (std::size_t j = 0; j < items(); ++j) {
      const float* other = vectors_.row(j).data();
      const float lengths = length * std::sqrt(kernels::dot(other, other, width));
      if (lengths > 0) found[j] = kernels::dot(own, other, width) / lengths;
    }
    return found;
  }

  bool personal(const Query& query) const override {
    return std::ranges::any_of(query.history.items, [this](ItemIndex item) {
      ATTUNE_CHECK(to_size(item) < items());
      return log_counts_[to_size(item)] > 0;
    });
  }

  void save(ModelWriter& writer) const override {
    writer.add(kVectors, {vectors_.rows, vectors_.columns}, std::span(vectors_.data, vectors_.rows * vectors_.columns));
    writer.add(kGram, {vectors_.columns, vectors_.columns}, gram_);
    save_log_counts(writer, log_counts_);
  }

 private:
  // Solves for the history's vector; returns the items that it was made of.
  std::vector<MetItem> fold_in(const History& history, ExactRidge& exact) const {
    std::vector<MetItem> met = met_items(history, items());
    std::erase_if(met, [this](const MetItem& one) { return !(log_counts_[one.item] > 0); });
    std::vector<std::uint32_t> picked;
    for (const MetItem& one : met) picked.push_back(one.item);
    exact.solve(vectors_.data, vectors_.columns, picked, ials_ridge(config_, picked.size(), known_));
    return met;
  }

  IalsConfig config_;
  MatrixView vectors_;
  std::span<const double> gram_;
  std::span<const float> log_counts_;
  std::size_t known_;  // items with training events
  std::shared_ptr<const void> owner_;
};

struct OwnedTensors {
  std::vector<float> vectors, log_counts;
  std::vector<double> gram;
};

}  // namespace

std::vector<SearchRange> IalsConfig::search_ranges() {
  return {SearchRange::choice("width", {"32", "64", "128", "256"}), SearchRange::log("regularization", 0.0001, 0.1),
          SearchRange::log("unobserved_weight", 0.01, 1), SearchRange::linear("frequency_exponent", 0, 1),
          SearchRange::log("iterations", 4, 32)};
}

void IalsConfig::validate() const {
  check(width >= 1 && width <= 4096, "width", static_cast<double>(width), "a whole number from 1 to 4096");
  check(regularization > 0 && regularization <= 1e6, "regularization", regularization, "a positive number up to 1e6");
  check(unobserved_weight > 0 && unobserved_weight <= 1e3, "unobserved_weight", unobserved_weight,
        "a positive number up to 1000");
  check(frequency_exponent >= 0 && frequency_exponent <= 1, "frequency_exponent", frequency_exponent,
        "a number from 0 to 1");
  check(iterations >= 1 && iterations <= 10000, "iterations", static_cast<double>(iterations),
        "a whole number from 1 to 10000");
  check(cg_steps >= 0 && cg_steps <= 10000, "cg_steps", static_cast<double>(cg_steps),
        "a whole number from 0 to 10000");
  check(initial_stdev > 0 && initial_stdev <= 100, "initial_stdev", initial_stdev, "a positive number up to 100");
}

double ials_ridge(const IalsConfig& config, std::size_t n, std::size_t others) {
  const double frequency = static_cast<double>(n) + config.unobserved_weight * static_cast<double>(others);
  return config.regularization * std::pow(frequency, config.frequency_exponent);
}

std::unique_ptr<Recommender> fit_ials(const TrainingEvents& events, const IalsConfig& config, FitContext& context) {
  config.validate();
  const SparseMatrix users = interactions(events);
  const auto width = static_cast<std::size_t>(config.width);
  auto owned = std::make_shared<OwnedTensors>();
  owned->vectors = ials_item_vectors(users.view(), config, context.seed, context.pool);
  owned->gram = gram(owned->vectors, users.width, width, context.pool);
  owned->log_counts = log_counts(events);
  const MatrixView vectors(owned->vectors.data(), users.width, width);
  return std::make_unique<Ials>(config, vectors, owned->gram, owned->log_counts, owned);
}

std::unique_ptr<Recommender> load_ials(const ModelReader& reader, const IalsConfig& config) {
  const auto vectors = reader.values<float>(kVectors, 2);
  const auto gram_values = reader.values<double>(kGram, 2);
  const auto width = static_cast<std::size_t>(config.width);
  if (reader.shape(kVectors) != std::vector<std::size_t>{reader.items(), width}) {
    reader.refuse(kVectors, "is not a row of " + std::to_string(width) + " values for each of " +
                                std::to_string(reader.items()) + " items");
  }
  if (reader.shape(kGram) != std::vector<std::size_t>{width, width}) {
    reader.refuse(kGram, "is not " + std::to_string(width) + " x " + std::to_string(width));
  }
  refuse_larger(reader, kVectors, vectors, kVectorMax);
  for (const double value : gram_values) {
    if (!(std::abs(value) <= kGramMax)) reader.refuse(kGram, "a value is larger than any can be");
  }
  return std::make_unique<Ials>(config, MatrixView(vectors.data(), reader.items(), width), gram_values,
                                load_log_counts(reader), reader.keep_alive());
}

}  // namespace attune
