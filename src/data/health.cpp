#include "data/health.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "data/field_values.h"

namespace attune {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;

std::int64_t micros(Timestamp time) { return static_cast<std::int64_t>(time); }

std::int64_t day_of(Timestamp time) {
  const std::int64_t t = micros(time);
  return t / kDay - (t % kDay < 0 ? 1 : 0);
}

// Identifiers that are numbers by their value, others by their bytes.
bool ascends(std::string_view a, std::string_view b) {
  const auto x = parse_number(a), y = parse_number(b);
  return x && y ? *x < *y : a < b;
}

struct Event {
  ItemRow item;
  Timestamp time;
  float rating;
  bool operator<(const Event& other) const {
    return std::tie(item, time, rating) < std::tie(other.item, other.time, other.rating);
  }
  bool operator==(const Event& other) const {
    return item == other.item && time == other.time && rating == other.rating;
  }
};

// Walks one user's history after the other and counts what lies within it.
class HistoryTally {
 public:
  HistoryTally(const Dataset& dataset, Health& health) : dataset_(dataset), health_(health) {}

  void add(const LoggedHistory& history) {
    health_.events_per_user.push_back(history.size());
    health_.one_event_users += history.size() == 1;
    count_repeats(history);
    if (history.size() > 1) health_.neighbours += history.size() - 1;
    if (history.times.empty()) return;
    count_ties(history);
    count_bursts(history);
  }

 private:
  void count_repeats(const LoggedHistory& history) {
    events_.clear();
    for (std::size_t i = 0; i < history.size(); ++i) {
      const bool rated = !history.ratings.empty() && !std::isnan(history.ratings[i]);
      events_.push_back({history.items[i], history.times.empty() ? Timestamp{0} : history.times[i],
                         rated ? history.ratings[i] : -INFINITY});
    }
    const ItemRow last = history.empty() ? ItemRow{0} : history.items.back();
    std::size_t of_last = 0;
    for (const Event& event : events_) of_last += event.item == last;
    health_.leave_one_out_repeats += history.size() > 1 && of_last > 1;
    std::sort(events_.begin(), events_.end());
    for (std::size_t i = 1; i < events_.size(); ++i) {
      health_.repeats += events_[i].item == events_[i - 1].item;
      health_.duplicates += !history.times.empty() && events_[i] == events_[i - 1];
    }
  }

  void count_ties(const LoggedHistory& history) {
    const IdMap& ids = dataset_.item_ids();
    for (std::size_t i = 1; i < history.size(); ++i) {
      if (history.times[i] != history.times[i - 1]) continue;
      ++health_.tied_neighbours;
      const ItemRow before = history.items[i - 1], after = history.items[i];
      if (before != after) {
        ++health_.ties_by_item.differing;
        health_.ties_by_item.ascending += ascends(ids[to_size(before)], ids[to_size(after)]);
      }
      if (history.ratings.empty()) continue;
      const float low = history.ratings[i - 1], high = history.ratings[i];
      if (!(low < high) && !(low > high)) continue;
      ++health_.ties_by_rating.differing;
      health_.ties_by_rating.ascending += low < high;
    }
  }

  void count_bursts(const LoggedHistory& history) {
    const auto& times = history.times;
    for (std::size_t i = Health::kBurstEvents - 1; i < times.size(); ++i) {
      if (micros(times[i]) - micros(times[i + 1 - Health::kBurstEvents]) > Health::kBurstMicroseconds) continue;
      ++health_.users_in_bursts;
      break;
    }
    health_.users_within_a_day += times.size() > 1 && micros(times.back()) - micros(times.front()) <= kDay;
  }

  const Dataset& dataset_;
  Health& health_;
  std::vector<Event> events_;
};

void count_times(const LoggedHistory& events, Health& health) {
  if (events.times.empty()) return;
  const auto [first, last] = std::minmax_element(events.times.begin(), events.times.end());
  health.first = *first;
  health.last = *last;
  health.events_over_time.assign(Health::kTimeParts, 0);
  health.whole_days = true;
  const double length = static_cast<double>(micros(*last)) - static_cast<double>(micros(*first)) + 1;
  std::unordered_map<std::int64_t, std::uint64_t> days;
  for (const Timestamp time : events.times) {
    const double from_start = static_cast<double>(micros(time)) - static_cast<double>(micros(*first));
    const auto part = static_cast<std::size_t>(from_start / length * Health::kTimeParts);
    ++health.events_over_time[std::min(part, Health::kTimeParts - 1)];
    health.whole_days = health.whole_days && micros(time) % kDay == 0;
    ++days[day_of(time)];
  }
  std::vector<std::uint64_t> counts;
  for (const auto& [day, count] : days) {
    counts.push_back(count);
    const bool busier = count > health.busiest_day_events;
    if (!busier && (count < health.busiest_day_events || day > health.busiest_day)) continue;
    health.busiest_day = day;
    health.busiest_day_events = count;
  }
  std::sort(counts.begin(), counts.end());
  health.median_day_events = static_cast<double>(quantile(counts, 50));
}

void count_ratings(const LoggedHistory& events, Health& health) {
  double sum = 0;
  bool too_many = false;
  for (const float rating : events.ratings) {
    if (std::isnan(rating)) {
      ++health.missing_ratings;
      continue;
    }
    sum += static_cast<double>(rating);
    if (!too_many) ++health.ratings[rating];
    too_many = too_many || health.ratings.size() > Health::kRatingValuesMax;
  }
  if (too_many) health.ratings.clear();
  const std::uint64_t rated = events.ratings.size() - health.missing_ratings;
  health.mean_rating = rated == 0 ? 0 : sum / static_cast<double>(rated);
}

std::vector<std::uint64_t> count_items(const Dataset& dataset, Health& health) {
  std::vector<std::uint64_t> counts(dataset.items());
  for (const ItemRow item : dataset.all_events().items) ++counts[to_size(item)];
  const bool has_catalogue = dataset.manifest().catalogue_items > 0;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    if (counts[row] > 0) health.events_per_item.push_back(counts[row]);
    health.one_event_items += counts[row] == 1;
    if (!has_catalogue) continue;
    const bool described = dataset.in_catalogue(ItemRow{static_cast<std::uint32_t>(row)});
    health.items_not_in_catalogue += !described && counts[row] > 0;
    health.events_not_in_catalogue += described ? 0 : counts[row];
    health.catalogue_items_without_events += described && counts[row] == 0;
  }
  std::sort(health.events_per_item.begin(), health.events_per_item.end());
  return counts;
}

void find_following_columns(const Catalogue& table, const std::string& name, const std::vector<std::uint64_t>& counts,
                            Health& health) {
  for (const Column& column : table.columns()) {
    if (column.kind != ColumnKind::kNumber) continue;
    std::vector<double> values, events;
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      if (std::isnan(column.numbers[row])) continue;
      values.push_back(column.numbers[row]);
      events.push_back(static_cast<double>(counts[row]));
    }
    if (values.size() < Health::kFollowsRowsMin) continue;
    const double correlation = rank_correlation(values, events);
    if (std::abs(correlation) < Health::kFollows) continue;
    health.following_columns.push_back({name, column.name, correlation});
  }
}

void look_at_leave_one_out(const Dataset& dataset, Health& health) {
  std::vector<Timestamp> tests;
  for (std::size_t u = 0; u < dataset.users(); ++u) {
    const LoggedHistory history = dataset.history(UserIndex{static_cast<std::uint32_t>(u)});
    if (history.size() < 2) continue;
    ++health.leave_one_out_tests;
    if (!history.times.empty()) tests.push_back(history.times.back());
  }
  if (tests.empty()) return;
  const auto middle = tests.begin() + static_cast<std::ptrdiff_t>(tests.size() / 2);
  std::nth_element(tests.begin(), middle, tests.end());
  for (std::size_t u = 0; u < dataset.users(); ++u) {
    const LoggedHistory history = dataset.history(UserIndex{static_cast<std::uint32_t>(u)});
    if (history.size() < 2) continue;
    const auto training = history.times.first(history.size() - 1);
    health.leave_one_out_training += training.size();
    health.leave_one_out_from_the_future +=
        static_cast<std::uint64_t>(training.end() - std::upper_bound(training.begin(), training.end(), *middle));
  }
}

}  // namespace

std::uint64_t quantile(const std::vector<std::uint64_t>& sorted, int percent) {
  if (sorted.empty()) return 0;
  const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[rank == 0 ? 0 : rank - 1];
}

Health examine(const Dataset& dataset) {
  Health health;
  HistoryTally tally(dataset, health);
  for (std::size_t u = 0; u < dataset.users(); ++u)
    tally.add(dataset.history(UserIndex{static_cast<std::uint32_t>(u)}));
  const std::vector<std::uint64_t> by_user = health.events_per_user;
  const std::vector<std::uint64_t> by_item = count_items(dataset, health);
  std::sort(health.events_per_user.begin(), health.events_per_user.end());
  count_times(dataset.all_events(), health);
  count_ratings(dataset.all_events(), health);
  find_following_columns(dataset.catalogue(), "items", by_item, health);
  find_following_columns(dataset.user_table(), "users", by_user, health);
  look_at_leave_one_out(dataset, health);
  return health;
}

}  // namespace attune
