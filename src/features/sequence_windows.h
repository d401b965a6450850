#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "data/training_events.h"

namespace attune {

// How histories are cut into windows.
struct WindowCut {
  std::size_t max_history = 200;  // events that are read in a window, at most
  std::size_t stride = 0;         // from a window's end back to that of the one before; 0: the newest window alone
};

// Calls f(first, last) for the windows [first, last) of a history of so many events, the newest first, until the oldest
// event is in one. None for fewer than two events.
template <class F>
void for_windows(std::size_t events, const WindowCut& cut, const F& f) {
  for (std::size_t last = events; last >= 2; last -= std::min(cut.stride, last)) {
    const std::size_t first = last - std::min(last, cut.max_history + 1);
    f(first, last);
    if (first == 0 || cut.stride == 0) return;
  }
}

// What sequence attention trains on: windows of consecutive events of one user. In a window of n + 1 events the first n
// are read, and each predicts one of those after it. Keeps a view on the events, which must outlive it.
class SequenceWindows {
 public:
  SequenceWindows(const TrainingEvents& events, const WindowCut& cut);

  std::size_t size() const { return windows_.size(); }
  std::size_t tokens() const { return tokens_; }  // events that are read in all windows
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
