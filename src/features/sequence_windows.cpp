#include "features/sequence_windows.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace attune {

SequenceWindows::SequenceWindows(const TrainingEvents& events, const WindowCut& cut) : events_(&events) {
  ATTUNE_CHECK(cut.max_history > 0);
  for (std::size_t u = 0; u < events.users(); ++u) {
    const UserIndex user{static_cast<std::uint32_t>(u)};
    for_windows(events.history(user).size(), cut, [&](std::size_t first, std::size_t last) {
      windows_.push_back({user, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)});
      tokens_ += last - first - 1;
      longest_ = std::max(longest_, last - first - 1);
    });
  }
}

Epoch::Epoch(const SequenceWindows& windows, const LaneLayout& layout, Rng rng)
    : windows_(&windows), layout_(layout), order_(windows.size()) {
  ATTUNE_CHECK(layout.batch > 0 && layout.lanes > 0);
  std::iota(order_.begin(), order_.end(), 0U);
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[rng.below(i)]);
}

std::size_t Epoch::steps() const { return (order_.size() + layout_.batch - 1) / layout_.batch; }

Epoch::Step Epoch::step(std::size_t number) const {
  const std::size_t first = number * layout_.batch, last = std::min(order_.size(), first + layout_.batch);
  std::vector<std::uint32_t> windows(order_.begin() + static_cast<std::ptrdiff_t>(first),
                                     order_.begin() + static_cast<std::ptrdiff_t>(last));
  // Longest first, so that what is left over at the end is small.
  std::ranges::stable_sort(windows, std::greater<>(), [&](std::uint32_t w) { return windows_->tokens(w); });

  Step step;
  step.lanes.resize(layout_.lanes);
  std::vector<std::size_t> load(layout_.lanes);
  Chunk chunk;
  std::size_t filled = 0;
  const auto close = [&] {
    if (chunk.empty()) return;
    const auto lane = static_cast<std::size_t>(std::ranges::min_element(load) - load.begin());
    load[lane] += filled;
    step.tokens += filled;
    step.lanes[lane].push_back(std::exchange(chunk, {}));
    filled = 0;
  };
  const std::size_t most = windows.empty() ? 0 : std::max(layout_.chunk_tokens, windows_->tokens(windows.front()));
  for (std::size_t front = 0, back = windows.size(); front < back;) {
    // The longest that is left, then the shortest ones that still fit beside it.
    chunk.push_back(windows[front]);
    filled += windows_->tokens(windows[front++]);
    while (front < back && filled + windows_->tokens(windows[back - 1]) <= most) {
      chunk.push_back(windows[--back]);
      filled += windows_->tokens(windows[back]);
    }
    close();
  }
  return step;
}

}  // namespace attune
