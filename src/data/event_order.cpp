#include "data/event_order.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace attune {
namespace {

std::vector<std::uint64_t> history_offsets(const std::vector<std::uint32_t>& users, std::size_t user_count) {
  std::vector<std::uint64_t> offsets(user_count + 1, 0);
  for (const std::uint32_t user : users) {
    ATTUNE_CHECK(user < user_count);
    ++offsets[user + 1];
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

// Moves each event's value to its user's part, keeping the order within a user.
template <class T>
void gather_by_user(const std::vector<std::uint32_t>& users, const std::vector<std::uint64_t>& offsets,
                    std::vector<T>& values) {
  std::vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
  std::vector<T> sorted(values.size());
  for (std::size_t event = 0; event < values.size(); ++event) sorted[next[users[event]]++] = values[event];
  values = std::move(sorted);
}

// Reorders values[first ..] by `order`, positions relative to first.
template <class T>
void permute(std::vector<T>& values, std::size_t first, const std::vector<std::uint32_t>& order,
             std::vector<T>& scratch) {
  scratch.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) scratch[i] = values[first + order[i]];
  std::copy(scratch.begin(), scratch.end(), values.begin() + static_cast<std::ptrdiff_t>(first));
}

void sort_histories_by_time(DatasetContent& content, const std::vector<std::uint64_t>& offsets) {
  std::vector<std::uint32_t> order, item_scratch;
  std::vector<float> rating_scratch;
  std::vector<std::int64_t> time_scratch;
  for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
    const std::size_t first = offsets[user], size = offsets[user + 1] - first;
    const std::int64_t* const times = content.times.data() + first;
    if (std::is_sorted(times, times + size)) continue;
    order.resize(size);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
    permute(content.items, first, order, item_scratch);
    if (content.has_ratings) permute(content.ratings, first, order, rating_scratch);
    permute(content.times, first, order, time_scratch);
  }
}

}  // namespace

std::vector<std::uint64_t> sort_events(DatasetContent& content) {
  const std::size_t user_count = content.user_ids.size();
  std::vector<std::uint64_t> offsets = history_offsets(content.users, user_count);
  gather_by_user(content.users, offsets, content.items);
  if (content.has_ratings) gather_by_user(content.users, offsets, content.ratings);
  if (content.has_times) gather_by_user(content.users, offsets, content.times);
  for (std::size_t user = 0; user < user_count; ++user) {
    std::fill(content.users.begin() + static_cast<std::ptrdiff_t>(offsets[user]),
              content.users.begin() + static_cast<std::ptrdiff_t>(offsets[user + 1]), static_cast<std::uint32_t>(user));
  }
  if (content.has_times) sort_histories_by_time(content, offsets);
  return offsets;
}

}  // namespace attune
