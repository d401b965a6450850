#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/history.h"
#include "data/item_table.h"

namespace attune {

// The genres of a model's items, as the catalogue lists them: what lists are compared by to say how diverse they are,
// and how well they keep the proportions of a history. Immutable.
class ItemGenres {
 public:
  ItemGenres() = default;  // of no catalogue

  // From the first column that holds lists, one with `genre`, `categor` or `class` in its name before others. Without
  // one, empty.
  ItemGenres(const Dataset& dataset, const ItemTable& items, const ItemTranslation& translation);

  const std::string& column() const { return column_; }  // "" without
  bool empty() const { return column_.empty(); }
  std::size_t genres() const { return names_; }
  std::span<const std::uint32_t> of(ItemIndex item) const;  // ascending, distinct

 private:
  std::string column_;
  std::size_t names_ = 0;
  std::vector<std::uint32_t> offsets_, values_;
};

// The mean over all pairs of items of the list of 1 - (genres in common) / (genres of either): intra-list diversity.
// Pairs of which an item has no genre are left out; NaN without a pair. docs/mathematics.md, equation 22.
double list_diversity(const ItemGenres& genres, std::span<const ItemIndex> list);

// How far the genres of a list are from those of the history (Steck, 2018): KL(p || 0.99 q + 0.01 p), with p and q the
// shares of genres among the items of the history and of the list, each item's weight spread over its genres. 0 is a
// list in the history's proportions. NaN when either has no genres. docs/mathematics.md, equation 23.
double miscalibration(const ItemGenres& genres, std::span<const ItemIndex> history, std::span<const ItemIndex> list);

}  // namespace attune
