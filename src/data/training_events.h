#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/history.h"
#include "data/item_table.h"
#include "data/split.h"

namespace attune {

// A dataset seen through a split: the training events alone, and all that a model's fit ever gets. Nothing here depends
// on events of the other parts, not even the numbering of items: first those with training events, by first appearance
// in them (user by user), then those that only the catalogue knows, by identifier. An item that only later events
// mention, and no catalogue, does not exist here. Keeps a view on the dataset, which must outlive it.
class TrainingEvents {
 public:
  TrainingEvents(const Dataset& dataset, const Split& split);

  std::size_t users() const { return offsets_.size() - 1; }
  std::size_t events() const { return items_of_events_.size(); }
  History history(UserIndex user) const;  // the user's training events; may be empty

  const ItemTable& items() const { return items_; }
  std::span<const std::uint32_t> counts() const { return counts_; }  // training events by item

  // The item's row in catalogue().
  ItemRow row(ItemIndex item) const { return rows_[to_size(item)]; }
  const Catalogue& catalogue() const { return dataset_->catalogue(); }

 private:
  const Dataset* dataset_;
  std::vector<std::uint64_t> offsets_;
  std::vector<ItemIndex> items_of_events_;
  std::vector<float> ratings_;
  std::vector<Timestamp> times_;
  ItemTable items_;
  std::vector<ItemRow> rows_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace attune
