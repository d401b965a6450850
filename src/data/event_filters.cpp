#include "data/event_filters.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "data/row_source.h"

namespace attune {
namespace {

template <class T>
void keep_marked(std::vector<T>& values, const std::vector<bool>& keep) {
  if (values.empty()) return;
  std::size_t to = 0;
  for (std::size_t from = 0; from < values.size(); ++from) {
    if (keep[from]) values[to++] = values[from];
  }
  values.resize(to);
}

void keep_events(LogEvents& events, const std::vector<bool>& keep) {
  keep_marked(events.users, keep);
  keep_marked(events.items, keep);
  keep_marked(events.ratings, keep);
  keep_marked(events.times, keep);
}

// Numbers the identifiers anew that still have events, in the order of the old numbers.
void renumber(IdNumbering& ids, std::vector<std::uint32_t>& rows) {
  std::vector<bool> met(ids.size());
  for (const std::uint32_t row : rows) met[row] = true;
  std::vector<std::uint32_t> to(ids.size());
  IdNumbering kept;
  const StringsView texts = ids.ids().view();
  for (std::size_t row = 0; row < met.size(); ++row) {
    if (met[row]) to[row] = kept.add(texts[row]);
  }
  for (std::uint32_t& row : rows) row = to[row];
  std::swap(ids, kept);
}

// For each pass over the events that takes a time from the one met last.
void carry_times(LogEvents& events, std::size_t event, std::vector<std::int64_t>& last) {
  std::int64_t& time = events.times[event];
  std::int64_t& of_user = last[events.users[event]];
  if (time == kNoTime) time = of_user;
  of_user = time;
}

}  // namespace

void fill_missing_times(LogEvents& events) {
  if (events.without_time == 0) return;
  const std::size_t size = events.times.size();
  std::vector<std::int64_t> last(events.user_ids.size(), kNoTime);
  for (std::size_t event = 0; event < size; ++event) carry_times(events, event, last);
  std::fill(last.begin(), last.end(), kNoTime);
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t event = size; event-- > 0;) {
    carry_times(events, event, last);
    if (events.times[event] != kNoTime) earliest = std::min(earliest, events.times[event]);
  }
  if (earliest == std::numeric_limits<std::int64_t>::max()) earliest = 0;
  std::replace(events.times.begin(), events.times.end(), kNoTime, earliest);
}

std::uint64_t drop_duplicates(LogEvents& events, Duplicates policy) {
  if (policy == Duplicates::kKeep) return 0;
  const std::size_t size = events.users.size();
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t event) {
    return std::tuple(events.users[event], events.items[event], events.has_times ? events.times[event] : 0, event);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  if (policy == Duplicates::kCount) {
    events.has_ratings = true;
    events.ratings.resize(size);
  }
  std::vector<bool> keep(size);
  std::size_t kept = 0;
  for (std::size_t first = 0; first < size;) {
    std::size_t end = first + 1;
    while (end < size && events.users[order[end]] == events.users[order[first]] &&
           events.items[order[end]] == events.items[order[first]]) {
      ++end;
    }
    const std::size_t chosen = policy == Duplicates::kFirst ? order[first] : order[end - 1];
    keep[chosen] = true;
    if (policy == Duplicates::kCount) events.ratings[chosen] = static_cast<float>(end - first);
    ++kept;
    first = end;
  }
  keep_events(events, keep);
  return size - kept;
}

std::uint64_t keep_core(LogEvents& events, std::uint64_t k) {
  const std::size_t size = events.users.size();
  std::vector<std::uint64_t> of_user(events.user_ids.size()), of_item(events.item_ids.size());
  for (std::size_t event = 0; event < size; ++event) {
    ++of_user[events.users[event]];
    ++of_item[events.items[event]];
  }
  std::vector<bool> keep(size, true);
  std::uint64_t dropped = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t event = 0; event < size; ++event) {
      std::uint64_t& user = of_user[events.users[event]];
      std::uint64_t& item = of_item[events.items[event]];
      if (!keep[event] || (user >= k && item >= k)) continue;
      keep[event] = false;
      changed = true;
      ++dropped;
      --user;
      --item;
    }
  }
  if (dropped == 0) return 0;
  keep_events(events, keep);
  renumber(events.user_ids, events.users);
  renumber(events.item_ids, events.items);
  return dropped;
}

}  // namespace attune
