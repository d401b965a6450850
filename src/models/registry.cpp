#include <array>

#include "base/check.h"
#include "base/error.h"
#include "models/baselines/content.h"
#include "models/baselines/ease.h"
#include "models/baselines/hybrid.h"
#include "models/baselines/ials.h"
#include "models/baselines/item_knn.h"
#include "models/baselines/popularity.h"
#include "models/baselines/recent_popularity.h"
#include "models/baselines/user_knn.h"
#include "models/model.h"
#include "models/sequence/sequence.h"
#include "models/similarity.h"

namespace attune {
namespace {

template <class C>
C& value_of(Config& config) {
  auto* own = dynamic_cast<ConfigOf<C>*>(&config);
  ATTUNE_CHECK(own != nullptr);
  return own->value;
}
template <class C>
const C& value_of(const Config& config) {
  const auto* own = dynamic_cast<const ConfigOf<C>*>(&config);
  ATTUNE_CHECK(own != nullptr);
  return own->value;
}

// A row of the table, from a model's own two functions.
template <class C, auto kFit, auto kLoad>
constexpr ModelKind row(std::string_view name, std::string_view summary, bool trains = false) {
  return {name,
          summary,
          []() -> std::unique_ptr<Config> { return std::make_unique<ConfigOf<C>>(); },
          &C::search_ranges,
          [](const TrainingEvents& events, Config& config, FitContext& context) {
            return kFit(events, value_of<C>(config), context);
          },
          [](const ModelReader& reader, const Config& config) { return kLoad(reader, value_of<C>(config)); },
          trains};
}

constexpr std::array kKinds = {
    row<SequenceConfig, fit_sequence, load_sequence>(
        "sequence", "learned self-attention over the order of a history; trained, which takes minutes", true),
    row<SimilarityConfig, fit_similarity, load_similarity>(
        "similarity",
        "attention by likeness of items: co-occurrence, attributes, text or given vectors; nothing is trained"),
    row<PopularityConfig, fit_popularity, load_popularity>("popularity",
                                                           "the items with most events, the same for everybody"),
    row<RecentPopularityConfig, fit_recent_popularity, load_recent_popularity>(
        "recent-popularity", "popularity in which older events count less, the same for everybody"),
    row<ItemKnnConfig, fit_item_knn, load_item_knn>("item-knn", "what is alike to the items of the history"),
    row<UserKnnConfig, fit_user_knn, load_user_knn>(
        "user-knn", "what alike histories hold; keeps the training histories, without identifiers, in the model file"),
    row<EaseConfig, fit_ease, load_ease>("ease", "items rebuilt from items by least squares, in closed form"),
    row<IalsConfig, fit_ials, load_ials>("ials", "matrix factorisation of who met what, by alternating least squares"),
    row<ContentConfig, fit_content, load_content>("content", "what is like the history by attributes and words"),
    row<HybridConfig, fit_hybrid, load_hybrid>("hybrid", "several models fused, with weights learned on validation"),
};

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

std::string model_kind_names() {
  std::string names;
  for (const ModelKind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

const ModelKind& find_model_kind(std::string_view name) {
  for (const ModelKind& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  throw Error(ErrorKind::kUsage, "There is no model named '", name, "'. Choose one of: ", model_kind_names(), ".");
}

}  // namespace attune
