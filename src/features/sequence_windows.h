#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "data/training_events.h"

namespace attune {

// What sequence attention trains on: windows of consecutive events of one user. In a window of n + 1 events the first n
// are read and the last n are to be predicted, each from those before it. Keeps a view on the events, which must
// outlive it.
class SequenceWindows {
 public:
  // At most `max_history` events are read in a window. With `stride` 0 a longer history gives one window, its newest
  // part; otherwise windows of it begin every `stride` events, counted from the newest, until the oldest is read.
  // Users with a single event give none.
  SequenceWindows(const TrainingEvents& events, std::size_t max_history, std::size_t stride);

  std::size_t size() const { return windows_.size(); }
  std::size_t tokens() const { return tokens_; }  // events to be predicted in all windows
  std::size_t longest() const { return longest_; }
  std::size_t tokens(std::size_t window) const { return windows_[window].last - windows_[window].first - 1; }
  History history(std::size_t window) const {
    return events_->history(windows_[window].user).slice(windows_[window].first, windows_[window].last);
  }

 private:
  struct Window {
    UserIndex user;
    std::uint32_t first, last;
  };
  void add(UserIndex user, std::size_t first, std::size_t last);

  const TrainingEvents* events_;
  std::vector<Window> windows_;
  std::size_t tokens_ = 0;
  std::size_t longest_ = 0;
};

// Some windows whose tokens one thread works on at a time.
using Chunk = std::vector<std::uint32_t>;

// The order of an epoch: windows shuffled by a seed, `batch` of them a step. A step's windows lie in chunks of at most
// `chunk_tokens` tokens (or one window), and its chunks in lanes of about equal work. A lane is worked on by one
// thread, chunk by chunk, and has sums of its own; there are as many lanes as asked for, whatever the threads, so that
// sums are the same for any number of these.
struct LaneLayout {
  std::size_t batch = 128;
  std::size_t chunk_tokens = 160;
  std::size_t lanes = 8;
};
class Epoch {
 public:
  Epoch(const SequenceWindows& windows, const LaneLayout& layout, Rng rng);

  struct Step {
    std::vector<std::vector<Chunk>> lanes;
    std::size_t tokens = 0;
  };
  std::size_t steps() const;
  Step step(std::size_t number) const;

 private:
  const SequenceWindows* windows_;
  LaneLayout layout_;
  std::vector<std::uint32_t> order_;
};

}  // namespace attune
