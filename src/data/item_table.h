#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/history.h"
#include "data/id_map.h"

namespace attune {

// A model's items: identifiers and titles by ItemIndex. Immutable; copies share.
struct ItemTable {
  IdMap ids;
  StringsView titles;  // a row an item, "" where unknown
  std::shared_ptr<const void> titles_owner;

  std::size_t size() const { return ids.size(); }
  std::string_view id(ItemIndex item) const { return ids[to_size(item)]; }
  std::string_view title(ItemIndex item) const {
    return titles.size() == 0 ? std::string_view() : titles[to_size(item)];
  }
};

// A dataset's item rows in the numbering of a model, by identifier: the one place where the two numberings meet. Items
// that the model does not know are kNoItem.
class ItemTranslation {
 public:
  ItemTranslation(const Dataset& dataset, const ItemTable& items);

  ItemIndex operator[](ItemRow row) const { return to_model_[to_size(row)]; }

  // A history in the model's numbering, without the items that the model does not know.
  struct Translated {
    std::vector<ItemIndex> items;
    std::vector<float> ratings;
    std::vector<Timestamp> times;
    History view() const { return {items, ratings, times}; }
  };
  Translated translate(const LoggedHistory&) const;

 private:
  std::vector<ItemIndex> to_model_;
};

}  // namespace attune
