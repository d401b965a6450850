#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/metrics.h"
#include "evaluation/ranked_user.h"

namespace attune {

// The metrics of a part of the users or of the targets.
struct Slice {
  std::string by;    // "activity", "popularity", "time"
  std::string name;  // "10-19 events", "head", "2003-02"
  std::size_t users = 0;
  std::size_t targets = 0;
  std::map<std::string, double> metrics;  // at 10
};

// Sums users with a history by slices. Users are sliced by their activity, the events that the model is given of them.
// Targets are sliced by the popularity of the item and by the month of the event (years where there would be more than
// kMonthsMax months): the metrics of such a slice are those of users who have a target in it, as though they had no
// others; the ranking is the same. Popularity: `head` are the items with most training events that together have a
// third of them, `tail` those that have the last third, `middle` those between (items of equal counts stay together),
// and `new` items have no training event. Not thread-safe.
class SliceTally {
 public:
  static constexpr std::size_t kMonthsMax = 24;

  // Training events by item. `has_times` says whether targets are sliced by month.
  SliceTally(std::span<const std::uint32_t> training_counts, bool has_times);

  void add(const RankedUser& user);
  std::vector<Slice> slices() const;

 private:
  struct Sums {
    std::size_t users = 0, targets = 0;
    std::array<double, kMetricFields.size()> at_10{};
    void add(const UserMetrics& metrics, std::size_t targets_of_user);
  };
  using ByKey = std::map<std::int64_t, Sums>;

  void add_targets(const RankedUser& user, std::span<const std::int64_t> keys, ByKey& sums) const;
  std::int64_t popularity_of(ItemIndex item) const;
  std::string popularity_name(std::int64_t key) const;

  std::vector<std::uint32_t> counts_;
  std::uint32_t head_from_ = 0, middle_from_ = 0;  // least training events of an item of that band
  bool has_times_;
  ByKey activity_, popularity_, months_, years_;
};

}  // namespace attune
