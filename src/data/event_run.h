#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/event_runs.h"
#include "storage/scratch_file.h"

namespace attune {

// A block of events sorted by user, in memory or in a scratch file. For EventRuns.
class EventRun {
 public:
  // Sorts, stable, and keeps the block.
  explicit EventRun(EventBlock block);

  // One run of the events of several in memory, those of earlier runs first where users are the same, written to the
  // end of the file; only an index stays in memory.
  static EventRun merged_to_disk(std::span<const EventRun> runs, ScratchFile& file);
  std::size_t bytes() const noexcept;  // of the columns, wherever they are

  std::span<const std::uint32_t> users, items;  // views of the columns
  std::span<const float> ratings;
  std::span<const std::int64_t> times;

  // The first row whose user is `user` or higher.
  std::size_t lower_bound(std::uint32_t user) const;

  // Says that rows before `row` will not be read again.
  void release_before(std::size_t row) const noexcept;

 private:
  EventRun() = default;

  void view();

  EventBlock block_;
  ScratchFile::Map maps_[4];
  std::vector<std::uint32_t>
      index_;  // the user of every kIndexStep-th row, so that a search touches one place of a file
  static constexpr std::size_t kIndexStep = 1024;
};

// The order of the rows by user, equal ones in the order given; empty when they are in order already.
std::vector<std::uint32_t> order_by_user(std::span<const std::uint32_t> users);

}  // namespace attune
