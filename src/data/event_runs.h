#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/thread_pool.h"

namespace attune {

// Events as columns, all of one length. Ratings and times are empty where a log has none.
struct EventBlock {
  std::vector<std::uint32_t> users, items;
  std::vector<float> ratings;       // NaN where missing
  std::vector<std::int64_t> times;  // microseconds since 1970

  std::size_t size() const noexcept { return users.size(); }
  bool empty() const noexcept { return users.empty(); }
};

// Brings any number of events into the order of a dataset (user by user, oldest first, equal times in the order in
// which they were added) with bounded memory: each block is sorted by user beside the caller's work and becomes a run;
// where runs exceed a bound they are merged into one in a scratch file, for which eight bytes a user are needed beside
// them. The merge cuts the users into parts that fit into a cache, gathers each part from all runs and sorts each
// history by time where it is not sorted yet. The result is the same for any size of block, bound and number of
// threads. One thread at a time.
class EventRuns {
 public:
  struct Options {
    std::size_t memory_bytes = std::size_t{1} << 30;  // of runs; more of them go to the scratch file
    std::filesystem::path scratch_folder;             // where there must be room for them
  };

  // Events that a caller should gather before it adds them. What sorts a block this large touches 20 MB, mostly in
  // order; blocks eight times as large took more than twice as long an event.
  static constexpr std::size_t kBlockEvents = std::size_t{1} << 19;

  explicit EventRuns(Options options);
  ~EventRuns();
  EventRuns(EventRuns&&) noexcept;

  // All blocks that are not empty have the same columns. Throws Error(kSystem) when the disk is full.
  void add(EventBlock block);

  // The events added so far; the others wait for what is still being sorted.
  std::uint64_t size() const noexcept;
  bool has_ratings() const noexcept;
  bool has_times() const noexcept;
  const std::vector<std::uint64_t>& events_of_users();  // by user, up to the highest that was met
  const std::vector<std::uint8_t>& met_items();         // by item, 0 or 1, up to the highest that was met
  std::size_t runs_on_disk();

  // Calls on_part(first, part) for parts of the sorted events that follow one another, `first` being the number of
  // events before the part; from the threads of the pool, parts in any order. Memory and scratch file of what has been
  // merged may be gone afterwards: once.
  void merge(ThreadPool& pool, const std::function<void(std::uint64_t first, const EventBlock& part)>& on_part);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
