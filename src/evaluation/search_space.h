#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/rng.h"
#include "base/search_range.h"

namespace attune {

// The settings of a model that a search may try: a point has a coordinate for each range, from 0 to 1 along its scale,
// or the number of the choice. Immutable.
class SearchSpace {
 public:
  using Point = std::vector<double>;

  // `ranges` name fields of `config`; every field of a range must exist in it (ATTUNE_CHECK).
  SearchSpace(std::vector<SearchRange> ranges, Config& config);

  std::size_t size() const { return ranges_.size(); }
  const SearchRange& range(std::size_t i) const { return ranges_[i]; }

  Point random(Rng& rng) const;

  // Sets the fields of `config`; the others stay.
  void apply(const Point& point, Config& config) const;

  // A coordinate's value as a flag would spell it.
  std::string text(std::size_t i, double coordinate) const;

 private:
  std::vector<SearchRange> ranges_;
  std::vector<bool> whole_;  // by range: whether the field holds whole numbers
};

// A field's value as a flag would spell it; "" when the config has no such field.
std::string field_text(Config& config, std::string_view field);

}  // namespace attune
