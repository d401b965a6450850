#include "data/training_events.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace attune {
namespace {

// Rows of the dataset in the numbering of the model: those that training events mention by first appearance, then the
// rest of the catalogue by identifier.
class ItemNumbering {
 public:
  explicit ItemNumbering(const Dataset& dataset) : dataset_(dataset), item_of_row_(dataset.items(), kNoItem) {}

  ItemIndex number(ItemRow row) {
    ItemIndex& item = item_of_row_[to_size(row)];
    if (item == kNoItem) {
      item = static_cast<ItemIndex>(rows_.size());
      rows_.push_back(row);
    }
    return item;
  }

  std::vector<ItemRow> with_rest_of_catalogue() && {
    const std::size_t met = rows_.size();
    for (std::size_t i = 0; i < item_of_row_.size(); ++i) {
      const auto row = static_cast<ItemRow>(i);
      if (item_of_row_[i] == kNoItem && dataset_.in_catalogue(row)) rows_.push_back(row);
    }
    const IdMap& ids = dataset_.item_ids();
    std::sort(rows_.begin() + static_cast<std::ptrdiff_t>(met), rows_.end(),
              [&](ItemRow a, ItemRow b) { return ids[to_size(a)] < ids[to_size(b)]; });
    return std::move(rows_);
  }

 private:
  const Dataset& dataset_;
  std::vector<ItemIndex> item_of_row_;
  std::vector<ItemRow> rows_;
};

ItemTable table_of(const Dataset& dataset, std::span<const ItemRow> rows) {
  const Catalogue& catalogue = dataset.catalogue();
  const bool has_titles = catalogue.title_column().has_value();
  Strings ids;
  auto titles = std::make_shared<Strings>();
  for (const ItemRow row : rows) {
    ids.push_back(dataset.item_ids()[to_size(row)]);
    if (has_titles) titles->push_back(catalogue.title(to_size(row)));
  }
  ItemTable table;
  table.ids = IdMap::own(std::move(ids));
  if (has_titles) table.titles = titles->view();
  table.titles_owner = std::move(titles);
  return table;
}

}  // namespace

TrainingEvents::TrainingEvents(const Dataset& dataset, const Split& split) : dataset_(&dataset), offsets_{0} {
  ATTUNE_CHECK(split.users.size() == dataset.users());
  offsets_.reserve(split.users.size() + 1);
  ItemNumbering numbering(dataset);
  for (std::size_t u = 0; u < split.users.size(); ++u) {
    const LoggedHistory all = dataset.history(static_cast<UserIndex>(u));
    ATTUNE_CHECK(split.users[u].train_end <= all.size());
    const LoggedHistory train = all.slice(0, split.users[u].train_end);
    for (const ItemRow row : train.items) items_of_events_.push_back(numbering.number(row));
    ratings_.insert(ratings_.end(), train.ratings.begin(), train.ratings.end());
    times_.insert(times_.end(), train.times.begin(), train.times.end());
    offsets_.push_back(items_of_events_.size());
  }
  rows_ = std::move(numbering).with_rest_of_catalogue();
  items_ = table_of(dataset, rows_);
  counts_.resize(rows_.size());
  for (const ItemIndex item : items_of_events_) ++counts_[to_size(item)];
}

History TrainingEvents::history(UserIndex user) const {
  const std::size_t first = offsets_[to_size(user)], last = offsets_[to_size(user) + 1];
  return History{items_of_events_, ratings_, times_}.slice(first, last);
}

}  // namespace attune
