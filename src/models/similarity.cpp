#include "models/similarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error.h"
#include "features/item_features.h"
#include "models/sparse_rows.h"

namespace attune {
namespace {

const std::string kHistory = "history", kContent = "content", kByFeature = "content_by_feature",
                  kLogCounts = "log_counts";

// The largest values of a file. With the bounds of SimilarityConfig::validate, these cannot make a score overflow.
constexpr float kHistoryMax = 1e12F, kContentMax = 1e4F, kLogCountMax = 32;

// An event this many half-lives old would add a millionth of what the newest adds: it is not read.
constexpr double kHalfLivesRead = 20;

// What the model holds. Views, valid as long as `owner` lives.
struct Tensors {
  SparseView history;                 // C, [V, V]
  SparseView content;                 // all other features side by side, each scaled by the root of its weight: [V, D]
  SparseView by_feature;              // its transpose, [D, V]
  std::span<const float> log_counts;  // log(count + 1), [V]
  std::shared_ptr<const void> owner;
};

// Sums of the history's content features, kept dense between queries and cleared by what was touched.
class ContentSums {
 public:
  explicit ContentSums(std::size_t width) : sums_(width), is_met_(width) {}

  void add(SparseView::Row row, float weight) {
    for (std::size_t n = 0; n < row.columns.size(); ++n) {
      const std::uint32_t column = row.columns[n];
      if (!is_met_[column]) {
        is_met_[column] = true;
        met_.push_back(column);
      }
      sums_[column] += weight * row.values[n];
    }
  }

  // Calls visit(column, sum) in the order in which columns were met, and forgets them.
  template <class Visit>
  void take(const Visit& visit) {
    for (const std::uint32_t column : met_) {
      visit(column, std::exchange(sums_[column], 0.0F));
      is_met_[column] = false;
    }
    met_.clear();
  }

 private:
  std::vector<float> sums_;
  std::vector<bool> is_met_;
  std::vector<std::uint32_t> met_;
};

void add_scaled(SparseView::Row row, float weight, std::span<float> out) {
  for (std::size_t n = 0; n < row.columns.size(); ++n) out[row.columns[n]] += weight * row.values[n];
}

class SimilarityModel final : public Recommender {
 public:
  SimilarityModel(const SimilarityConfig& config, Tensors tensors)
      : config_(config),
        tensors_(std::move(tensors)),
        history_weight_(static_cast<float>(config.scale * config.history_weight)),
        content_weight_(static_cast<float>(config.scale)),
        prior_(static_cast<float>(config.prior)) {}

  std::size_t items() const override { return tensors_.log_counts.size(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    ContentSums sums(tensors_.content.width);
    for (std::size_t q = 0; q < queries.size(); ++q) score_one(queries[q].history, sums, scores.row(q));
  }

  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(query.history.size(), 0.0F);
    const auto wanted = static_cast<std::uint32_t>(item);
    const SparseView::Row content = tensors_.content.row(wanted);
    for_each_event(query.history, [&](std::size_t position, std::size_t event, float decay) {
      const double shared = history_weight_ * static_cast<double>(entry(tensors_.history.row(event), wanted)) +
                            content_weight_ * dot(tensors_.content.row(event), content);
      found[position] = static_cast<float>(decay * shared);
    });
    return found;
  }

  // A row of C says what occurs with the item. If it counts only what follows, what came before is as near: then the
  // mean of both directions is taken, so that nearness has none.
  std::vector<float> similar(ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<float> found(items(), 0.0F);
    const auto own = static_cast<std::uint32_t>(item);
    const float direction = config_.forward ? 0.5F : 1.0F;
    add_scaled(tensors_.history.row(own), direction * history_weight_, found);
    if (config_.forward) {
      for (std::size_t j = 0; j < found.size(); ++j) {
        found[j] += direction * history_weight_ * entry(tensors_.history.row(j), own);
      }
    }
    const SparseView::Row content = tensors_.content.row(own);
    for (std::size_t n = 0; n < content.columns.size(); ++n) {
      add_scaled(tensors_.by_feature.row(content.columns[n]), content_weight_ * content.values[n], found);
    }
    std::ranges::replace(found, 0.0F, -std::numeric_limits<float>::infinity());
    return found;
  }

  bool personal(const Query& query) const override {
    bool any = false;
    for_each_event(query.history, [&](std::size_t, std::size_t event, float) {
      any = any || !tensors_.history.row(event).columns.empty() || !tensors_.content.row(event).columns.empty();
    });
    return any && config_.scale > 0;
  }

  void save(ModelWriter& writer) const override {
    writer.add_sparse(kHistory, tensors_.history);
    writer.add_sparse(kContent, tensors_.content);
    writer.add_sparse(kByFeature, tensors_.by_feature);
    writer.add(kLogCounts, {items()}, tensors_.log_counts);
  }

 private:
  // Calls visit(position in the history, item, decay) for the events that are read, newest first.
  template <class Visit>
  void for_each_event(const History& history, const Visit& visit) const {
    for (std::size_t age = 0; age < history.size(); ++age) {
      const auto half_lives = config_.half_life > 0 ? static_cast<double>(age) / config_.half_life : 0;
      if (half_lives > kHalfLivesRead) return;
      const std::size_t position = history.size() - 1 - age, item = to_size(history.items[position]);
      ATTUNE_CHECK(item < items());
      visit(position, item, static_cast<float>(std::exp2(-half_lives)));
    }
  }

  void score_one(const History& history, ContentSums& sums, std::span<float> scores) const {
    for (std::size_t j = 0; j < scores.size(); ++j) scores[j] = prior_ * tensors_.log_counts[j];
    for_each_event(history, [&](std::size_t, std::size_t event, float decay) {
      add_scaled(tensors_.history.row(event), history_weight_ * decay, scores);
      sums.add(tensors_.content.row(event), content_weight_ * decay);
    });
    sums.take([&](std::uint32_t feature, float sum) { add_scaled(tensors_.by_feature.row(feature), sum, scores); });
  }

  SimilarityConfig config_;
  Tensors tensors_;
  float history_weight_;
  float content_weight_;
  float prior_;
};

struct OwnedTensors {
  SparseMatrix history, content, by_feature;
  std::vector<float> log_counts;
};

CooccurrenceConfig cooccurrence_config(const SimilarityConfig& config) {
  return {.window = config.window,
          .forward = config.forward,
          .normalization = config.normalization,
          .shrinkage = config.shrinkage,
          .neighbors = config.neighbors};
}

// The content features that the config asks for, side by side. Both sides of <x, y> come from this one matrix, so a
// weight enters by its root.
SparseMatrix content_features(const TrainingEvents& events, const SimilarityConfig& config) {
  SparseMatrix content = empty_rows(events.items().size());
  const SimilarityFeatures features = similarity_features(config);
  const auto append = [&](bool wanted, double weight, const auto& extract) {
    if (wanted && weight > 0)
      content = side_by_side(content.view(), extract().view(), static_cast<float>(std::sqrt(weight)));
  };
  append(features.attributes, config.attributes_weight, [&] { return attribute_features(events); });
  append(features.text, config.text_weight, [&] { return text_features(events); });
  append(features.vectors, config.vectors_weight, [&] { return vector_features(events, config.vectors); });
  return content;
}

void refuse_larger(const ModelReader& reader, const std::string& name, std::span<const float> values, float max) {
  for (const float value : values) {
    if (!(std::abs(value) <= max)) {
      reader.refuse(name, "a value is " + std::to_string(value) + ", larger than any can be");
    }
  }
}

}  // namespace

std::unique_ptr<Recommender> fit_similarity(const TrainingEvents& events, const SimilarityConfig& config,
                                            FitContext& context) {
  config.validate();
  auto owned = std::make_shared<OwnedTensors>();
  owned->history = empty_rows(events.items().size());
  owned->history.width = events.items().size();
  if (similarity_features(config).history && config.history_weight > 0) {
    owned->history = cooccurrence(events, cooccurrence_config(config), context.pool);
  }
  owned->content = content_features(events, config);
  if (owned->history.columns.empty() && owned->content.columns.empty() && !similarity_features(config).history) {
    throw Error(ErrorKind::kBadInput, "features is '", config.features,
                "', but the catalogue has nothing of the kind: no ",
                "item has a feature. Import a catalogue that has it with --items, or add history to the features.");
  }
  owned->by_feature = transposed(owned->content.view());
  for (const std::uint32_t count : events.counts()) owned->log_counts.push_back(static_cast<float>(std::log1p(count)));
  Tensors tensors{owned->history.view(), owned->content.view(), owned->by_feature.view(), owned->log_counts, owned};
  return std::make_unique<SimilarityModel>(config, std::move(tensors));
}

std::unique_ptr<Recommender> load_similarity(const ModelReader& reader, const SimilarityConfig& config) {
  const std::size_t items = reader.items();
  const auto log_counts = reader.values<float>(kLogCounts, 1);
  if (log_counts.size() != items) {
    reader.refuse(kLogCounts,
                  "has " + std::to_string(log_counts.size()) + " values for " + std::to_string(items) + " items");
  }
  // The features are counted by the transpose's rows, and checked against them.
  const auto offsets = reader.values<std::uint64_t>(kByFeature + ".offsets", 1);
  if (offsets.empty()) reader.refuse(kByFeature, "has no offsets");
  const std::size_t features = offsets.size() - 1;
  Tensors tensors{reader.sparse(kHistory, items, items), reader.sparse(kContent, items, features),
                  reader.sparse(kByFeature, features, items), log_counts, reader.keep_alive()};
  if (tensors.content.columns.size() != tensors.by_feature.columns.size()) {
    reader.refuse(kByFeature, "has not as many entries as " + kContent);
  }
  refuse_larger(reader, kHistory, tensors.history.values, kHistoryMax);
  refuse_larger(reader, kContent, tensors.content.values, kContentMax);
  refuse_larger(reader, kByFeature, tensors.by_feature.values, kContentMax);
  refuse_larger(reader, kLogCounts, tensors.log_counts, kLogCountMax);
  return std::make_unique<SimilarityModel>(config, std::move(tensors));
}

}  // namespace attune
