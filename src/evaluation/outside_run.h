#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/item_table.h"
#include "evaluation/evaluate.h"

namespace attune {

// A ranking that was made elsewhere, to be evaluated under the protocol of our own: for each user a list of items with
// a rank or a score. Filled row by row, then finished; from then on immutable. Keeps views on what it is made with.
class OutsideRun {
 public:
  enum class Order { kRank, kScore };  // the smallest value is best, the largest value is best

  // `items` are those that may be recommended: TrainingEvents::items() of the split.
  OutsideRun(const Dataset& dataset, const ItemTable& items, Order order)
      : dataset_(dataset), items_(items), order_(order), offsets_{0} {}

  // A row, in any order of rows. Returns what is wrong with it, if anything: a user or an item that the dataset does
  // not know, an item that did not exist for a model of this split, a value that is not finite.
  std::optional<std::string> add(std::string_view user, std::string_view item, double value);

  // To be called once after all rows. Throws Error(kBadInput), its message opening with `where`, when a user has an
  // item twice.
  void finish(std::string_view where);

  std::size_t rows() const { return rows_.size(); }
  bool has(UserIndex user) const { return offsets_[to_size(user) + 1] > offsets_[to_size(user)]; }
  std::size_t users() const;  // with at least one row

  // Items that a user's list lacks are never recommended. Equal values are ties, as equal scores of a model are.
  ScoreUsers scores() const;

 private:
  struct Row {
    UserIndex user;
    ItemIndex item;
    double value;
  };

  const Dataset& dataset_;
  const ItemTable& items_;
  Order order_;
  std::vector<Row> rows_;
  std::vector<std::size_t> offsets_;  // of users in rows_
};

}  // namespace attune
