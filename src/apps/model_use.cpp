#include "apps/model_use.h"

#include "apps/console.h"
#include "apps/text_table.h"
#include "base/error.h"

namespace attune {

bool of_same_dataset(const Model& model, const Dataset& dataset) {
  const auto trained_on = model.provenance.find(kFingerprintKey);
  return trained_on != model.provenance.end() && trained_on->second == dataset.manifest().fingerprint;
}

std::vector<std::uint32_t> training_counts(const Model& model, const TrainingEvents& events) {
  std::vector<std::uint32_t> counts(model.items.size(), 0);
  for (std::size_t i = 0; i < events.items().size(); ++i) {
    const auto item = model.items.ids.find(events.items().ids[i]);
    if (item) counts[*item] = events.counts()[i];
  }
  return counts;
}

ItemIndex find_item(const Model& model, std::string_view id) {
  const auto item = model.items.ids.find(id);
  if (!item) {
    throw Error(ErrorKind::kBadInput, "the model has no item '", fitted(id, 80), "'.", like_it(model.items.ids, id));
  }
  return ItemIndex{*item};
}

std::string like_it(const IdMap& ids, std::string_view id) {
  std::string text;
  for (const std::string& near : ids.nearest(id, 3))
    text += (text.empty() ? " Like it are '" : ", '") + fitted(near, 80) + "'";
  return text.empty() ? " Give it as the log spells it." : text + ".";
}

}  // namespace attune
