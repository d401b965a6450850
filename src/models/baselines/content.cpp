#include "models/baselines/content.h"

#include "base/error.h"
#include "models/similarity.h"

namespace attune {
namespace {

// Of the log popularity, which is at most 32: less than any difference between two likenesses that is more than
// rounding.
constexpr double kPrior = 1e-6;

SimilarityConfig similarity_config(const ContentConfig& config) {
  SimilarityConfig similarity;
  similarity.features = "attributes,text";
  similarity.history_weight = 0;
  similarity.attributes_weight = config.attributes_weight;
  similarity.text_weight = config.text_weight;
  similarity.half_life = config.half_life;
  similarity.scale = 1;
  similarity.prior = kPrior;
  return similarity;
}

bool has_content(const TrainingEvents& events, const ContentConfig& config) {
  for (const Column& column : events.catalogue().columns()) {
    if ((column.kind == ColumnKind::kText ? config.text_weight : config.attributes_weight) > 0) return true;
  }
  return false;
}

}  // namespace

std::vector<SearchRange> ContentConfig::search_ranges() {
  return {SearchRange::linear("attributes_weight", 0, 2), SearchRange::linear("text_weight", 0.1, 2),
          SearchRange::choice("half_life", {"0", "1", "3", "10", "30", "100"})};
}

void ContentConfig::validate() const {
  if (attributes_weight == 0 && text_weight == 0) {
    throw Error(ErrorKind::kUsage,
                "attributes_weight and text_weight are both 0; expected one of them to be positive.");
  }
  similarity_config(*this).validate();
}

std::unique_ptr<Recommender> fit_content(const TrainingEvents& events, const ContentConfig& config,
                                         FitContext& context) {
  config.validate();
  if (!has_content(events, config)) {
    throw Error(ErrorKind::kBadInput,
                "content: the catalogue has no column of the kinds asked for. Import a catalogue ",
                "with titles, texts or attributes by --items, or train a model that reads the log.");
  }
  return fit_similarity(events, similarity_config(config), context);
}

std::unique_ptr<Recommender> load_content(const ModelReader& reader, const ContentConfig& config) {
  return load_similarity(reader, similarity_config(config));
}

}  // namespace attune
