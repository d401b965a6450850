#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "features/item_features.h"
#include "features/unit_rows.h"

namespace attune {
namespace {

constexpr std::size_t kBins = 10;

// For each item the features that it has, each once, numbered by first appearance.
class FeatureLists {
 public:
  explicit FeatureLists(std::size_t items) : of_item_(items) {}

  std::uint32_t new_feature() {
    having_.push_back(0);
    return static_cast<std::uint32_t>(having_.size() - 1);
  }

  void give(std::size_t item, std::uint32_t feature) {
    auto& features = of_item_[item];
    if (std::find(features.begin(), features.end(), feature) != features.end()) return;
    features.push_back(feature);
    ++having_[feature];
  }

  // A feature that one item alone has says nothing of any other, and gets no column.
  SparseMatrix weighted() const {
    std::vector<std::uint32_t> column(having_.size());
    std::uint32_t width = 0;
    for (std::size_t f = 0; f < having_.size(); ++f) {
      if (having_[f] >= 2) column[f] = width++;
    }
    UnitRows rows(width);
    for (const auto& features : of_item_) {
      for (const std::uint32_t f : features) {
        if (having_[f] >= 2) rows.add(column[f], inverse_document_frequency(of_item_.size(), having_[f]));
      }
      rows.end_row();
    }
    return std::move(rows).take();
  }

 private:
  std::vector<std::vector<std::uint32_t>> of_item_;
  std::vector<std::size_t> having_;
};

// A feature for each distinct value of a category or list.
void add_values(const TrainingEvents& events, const Column& column, FeatureLists& lists) {
  std::map<std::string_view, std::uint32_t> feature_of;
  const auto give = [&](std::size_t item, std::string_view value) {
    if (value.empty()) return;
    const auto [found, is_new] = feature_of.try_emplace(value, 0);
    if (is_new) found->second = lists.new_feature();
    lists.give(item, found->second);
  };
  for (std::size_t item = 0; item < events.items().size(); ++item) {
    const std::size_t row = to_size(events.row(static_cast<ItemIndex>(item)));
    if (column.kind == ColumnKind::kCategory) {
      give(item, column.strings[row]);
      continue;
    }
    for (auto v = column.list_offsets[row]; v < column.list_offsets[row + 1]; ++v) {
      give(item, column.strings[static_cast<std::size_t>(v)]);
    }
  }
}

// NaN where missing. Dates are numbers too: the release of a film is a year as well.
double number_of_row(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::kNumber) return column.numbers[row];
  return column.dates[row] == kNoDate ? std::numeric_limits<double>::quiet_NaN()
                                      : static_cast<double>(column.dates[row]);
}

// A feature for each bin of equal frequency. Equal numbers share a bin, so a number that is frequent enough makes some
// bins empty.
void add_bins(const TrainingEvents& events, const Column& column, FeatureLists& lists) {
  std::vector<double> sorted;
  const auto number_of = [&](std::size_t item) {
    return number_of_row(column, to_size(events.row(static_cast<ItemIndex>(item))));
  };
  for (std::size_t item = 0; item < events.items().size(); ++item) {
    if (!std::isnan(number_of(item))) sorted.push_back(number_of(item));
  }
  if (sorted.empty()) return;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> starts;  // of each bin but the first
  std::vector<std::uint32_t> features = {lists.new_feature()};
  for (std::size_t bin = 1; bin < kBins; ++bin) {
    starts.push_back(sorted[bin * sorted.size() / kBins]);
    features.push_back(lists.new_feature());
  }
  for (std::size_t item = 0; item < events.items().size(); ++item) {
    const double number = number_of(item);
    if (std::isnan(number)) continue;
    const auto bin = std::upper_bound(starts.begin(), starts.end(), number) - starts.begin();
    lists.give(item, features[static_cast<std::size_t>(bin)]);
  }
}

}  // namespace

SparseMatrix attribute_features(const TrainingEvents& events) {
  FeatureLists lists(events.items().size());
  for (const Column& column : events.catalogue().columns()) {
    switch (column.kind) {
      case ColumnKind::kCategory:
      case ColumnKind::kList:
        add_values(events, column, lists);
        break;
      case ColumnKind::kNumber:
      case ColumnKind::kDate:
        add_bins(events, column, lists);
        break;
      case ColumnKind::kText:
      case ColumnKind::kPath:
      case ColumnKind::kVector:
        break;
    }
  }
  return lists.weighted();
}

}  // namespace attune
