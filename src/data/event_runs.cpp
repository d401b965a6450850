#include "data/event_runs.h"

#include <algorithm>
#include <future>
#include <numeric>
#include <optional>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "data/event_run.h"
#include "data/user_parts.h"

namespace attune {
namespace {

template <class T>
void permute(std::vector<T>& values, std::size_t first, const std::vector<std::uint32_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[first + order[i]];
  std::copy(sorted.begin(), sorted.end(), values.begin() + static_cast<std::ptrdiff_t>(first));
}

void sort_by_time(EventBlock& part, std::size_t first, std::size_t size, std::vector<std::uint32_t>& order) {
  const std::int64_t* const times = part.times.data() + first;
  if (std::is_sorted(times, times + size)) return;
  order.resize(size);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
  permute(part.items, first, order);
  permute(part.ratings, first, order);
  permute(part.times, first, order);
}

}  // namespace

struct EventRuns::State {
  Options options;
  std::uint64_t events = 0;
  bool has_ratings = false, has_times = false;
  std::vector<EventRun> runs;
  std::optional<ScratchFile> scratch;
  std::size_t runs_on_disk = 0;  // they are the first
  std::size_t bytes_in_memory = 0;
  std::vector<std::uint64_t> events_of_users;
  std::vector<std::uint8_t> met_items;
  EventBlock unsorted;        // until `sorting` takes it up
  std::future<void> sorting;  // last, so that it is the first to go: its thread writes to what stands above

  // Where memory ends, all that is in it becomes one run on the disk: few long runs are read in long stretches.
  void take(EventRun run) {
    bytes_in_memory += run.bytes();
    runs.push_back(std::move(run));
    if (bytes_in_memory <= options.memory_bytes) return;
    if (!scratch) scratch.emplace(options.scratch_folder);
    EventRun spilled = EventRun::merged_to_disk(std::span(runs).subspan(runs_on_disk), *scratch);
    runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(runs_on_disk), runs.end());
    runs.push_back(std::move(spilled));
    ++runs_on_disk;
    bytes_in_memory = 0;
  }

  void sort_block() {
    EventBlock block = std::move(unsorted);
    for (const std::uint32_t item : block.items) {
      if (item >= met_items.size()) met_items.resize(std::size_t{item} + 1);
      met_items[item] = 1;
    }
    EventRun run(std::move(block));
    const std::size_t users = std::size_t{run.users.back()} + 1;
    if (users > events_of_users.size()) events_of_users.resize(users);
    for (const std::uint32_t user : run.users) ++events_of_users[user];
    take(std::move(run));
  }

  void wait() {
    if (sorting.valid()) sorting.get();
  }

  // What a run has of a part's users goes behind what earlier runs have.
  void gather(const EventRun& run, const UserPart& users, std::vector<std::uint64_t>& next, EventBlock& part) const {
    const std::size_t last = run.lower_bound(users.last_user);
    for (std::size_t row = run.lower_bound(users.first_user); row < last; ++row) {
      const std::uint64_t place = next[run.users[row] - users.first_user]++;
      part.items[place] = run.items[row];
      if (has_ratings) part.ratings[place] = run.ratings[row];
      if (has_times) part.times[place] = run.times[row];
    }
    // Parts are merged from the first user on, so a few parts back nobody reads any more.
    constexpr std::size_t kRowsBack = 1 << 16;
    if (last > kRowsBack) run.release_before(last - kRowsBack);
  }

  EventBlock merge_part(const UserPart& users, const std::vector<std::uint64_t>& offsets) const {
    const std::uint64_t first = offsets[users.first_user];
    const std::size_t size = offsets[users.last_user] - first;
    EventBlock part;
    part.users.resize(size);
    part.items.resize(size);
    if (has_ratings) part.ratings.resize(size);
    if (has_times) part.times.resize(size);
    std::vector<std::uint64_t> next(users.last_user - users.first_user);
    for (std::size_t u = 0; u < next.size(); ++u) next[u] = offsets[users.first_user + u] - first;
    for (const EventRun& run : runs) gather(run, users, next, part);
    std::vector<std::uint32_t> order;
    for (std::uint32_t user = users.first_user; user < users.last_user; ++user) {
      const std::size_t begin = offsets[user] - first, count = offsets[user + 1] - offsets[user];
      std::fill_n(part.users.begin() + static_cast<std::ptrdiff_t>(begin), count, user);
      if (has_times) sort_by_time(part, begin, count, order);
    }
    return part;
  }
};

EventRuns::EventRuns(Options options) : state_(std::make_unique<State>()) { state_->options = std::move(options); }
EventRuns::~EventRuns() = default;
EventRuns::EventRuns(EventRuns&&) noexcept = default;

void EventRuns::add(EventBlock block) {
  State& s = *state_;
  if (block.empty()) return;
  if (s.events == 0) {
    s.has_ratings = !block.ratings.empty();
    s.has_times = !block.times.empty();
  }
  ATTUNE_CHECK(block.ratings.empty() == !s.has_ratings && block.times.empty() == !s.has_times);
  s.wait();
  s.events += block.size();
  s.unsorted = std::move(block);
  try {
    s.sorting = std::async(std::launch::async, [&s] { s.sort_block(); });
  } catch (const std::system_error&) {  // no thread is to be had
    s.sort_block();
  }
}

std::uint64_t EventRuns::size() const noexcept { return state_->events; }
bool EventRuns::has_ratings() const noexcept { return state_->has_ratings; }
bool EventRuns::has_times() const noexcept { return state_->has_times; }

const std::vector<std::uint64_t>& EventRuns::events_of_users() {
  state_->wait();
  return state_->events_of_users;
}

const std::vector<std::uint8_t>& EventRuns::met_items() {
  state_->wait();
  return state_->met_items;
}

std::size_t EventRuns::runs_on_disk() {
  state_->wait();
  return state_->runs_on_disk;
}

void EventRuns::merge(ThreadPool& pool,
                      const std::function<void(std::uint64_t first, const EventBlock& part)>& on_part) {
  State& s = *state_;
  s.wait();
  std::vector<std::uint64_t> offsets{0};
  for (const std::uint64_t count : s.events_of_users) offsets.push_back(offsets.back() + count);
  const std::vector<UserPart> parts = cut_into_parts(offsets);
  pool.for_each(parts.size(),
                [&](std::size_t p) { on_part(offsets[parts[p].first_user], s.merge_part(parts[p], offsets)); });
  s.runs.clear();
  s.scratch.reset();
}

}  // namespace attune
