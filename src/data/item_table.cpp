#include "data/item_table.h"

namespace attune {

ItemTranslation::ItemTranslation(const Dataset& dataset, const ItemTable& items) {
  to_model_.reserve(dataset.items());
  for (std::size_t row = 0; row < dataset.items(); ++row) {
    const auto found = items.ids.find(dataset.item_ids()[row]);
    to_model_.push_back(found ? static_cast<ItemIndex>(*found) : kNoItem);
  }
}

ItemTranslation::Translated ItemTranslation::translate(const LoggedHistory& history) const {
  Translated out;
  out.items.reserve(history.size());
  out.ratings.reserve(history.ratings.size());
  out.times.reserve(history.times.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    const ItemIndex item = (*this)[history.items[i]];
    if (item == kNoItem) continue;
    out.items.push_back(item);
    if (!history.ratings.empty()) out.ratings.push_back(history.ratings[i]);
    if (!history.times.empty()) out.times.push_back(history.times[i]);
  }
  return out;
}

}  // namespace attune
