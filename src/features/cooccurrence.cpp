#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "features/item_features.h"

namespace attune {
namespace {

// Where each item stands in the histories: item i's occurrences are places[offsets[i] .. offsets[i + 1]).
struct Occurrences {
  struct Place {
    UserIndex user;
    std::uint32_t position;
  };
  std::vector<std::uint64_t> offsets;
  std::vector<Place> places;

  explicit Occurrences(const TrainingEvents& events) : offsets(events.items().size() + 1), places(events.events()) {
    const auto counts = events.counts();
    for (std::size_t i = 0; i < counts.size(); ++i) offsets[i + 1] = offsets[i] + counts[i];
    std::vector<std::uint64_t> next(offsets.begin(), offsets.end() - 1);
    for (std::size_t u = 0; u < events.users(); ++u) {
      const auto user = static_cast<UserIndex>(u);
      std::uint32_t position = 0;
      for (const ItemIndex item : events.history(user).items) places[next[to_size(item)]++] = {user, position++};
    }
  }

  std::span<const Place> of(std::size_t item) const {
    return std::span(places).subspan(offsets[item], offsets[item + 1] - offsets[item]);
  }
};

// Makes rows one after the other, with a counter for each item that is reused.
class RowCounter {
 public:
  RowCounter(const TrainingEvents& events, const Occurrences& occurrences, const CooccurrenceConfig& config)
      : events_(events), occurrences_(occurrences), config_(config), pairs_(events.items().size()) {
    powers_.reserve(pairs_.size());
    for (const std::uint32_t count : events.counts()) powers_.push_back(std::pow(count, config.normalization));
  }

  void append_row(std::size_t item, SparseMatrix& out) {
    count_pairs(item);
    weigh(item);
    keep_largest();
    for (const auto& [column, value] : row_) {
      out.columns.push_back(column);
      out.values.push_back(value);
    }
    out.offsets.push_back(out.columns.size());
  }

 private:
  struct Entry {
    std::uint32_t column;
    float value;
  };

  void count_pairs(std::size_t item) {
    const auto window =
        config_.window == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(config_.window);
    for (const auto& [user, position] : occurrences_.of(item)) {
      const auto items = events_.history(user).items;
      const std::size_t here = position;
      const std::size_t first = config_.forward ? here + 1 : here - std::min(here, window);
      const std::size_t last = here + 1 + std::min(items.size() - here - 1, window);
      for (const ItemIndex other : items.subspan(first, last - first)) {
        if (pairs_[to_size(other)]++ == 0) met_.push_back(static_cast<std::uint32_t>(other));
      }
    }
  }

  // From counts to the row's entries; clears the counts.
  void weigh(std::size_t item) {
    row_.clear();
    for (const std::uint32_t other : met_) {
      const auto pairs = static_cast<double>(std::exchange(pairs_[other], 0));
      if (other == item) continue;
      row_.push_back({other, static_cast<float>(pairs / (powers_[item] * powers_[other] + config_.shrinkage))});
    }
    met_.clear();
  }

  void keep_largest() {
    const auto neighbors = static_cast<std::size_t>(config_.neighbors);
    if (neighbors > 0 && row_.size() > neighbors) {
      const auto cut = row_.begin() + static_cast<std::ptrdiff_t>(neighbors);
      std::nth_element(row_.begin(), cut, row_.end(), [](const Entry& a, const Entry& b) {
        return a.value != b.value ? a.value > b.value : a.column < b.column;
      });
      row_.erase(cut, row_.end());
    }
    std::sort(row_.begin(), row_.end(), [](const Entry& a, const Entry& b) { return a.column < b.column; });
  }

  const TrainingEvents& events_;
  const Occurrences& occurrences_;
  const CooccurrenceConfig& config_;
  std::vector<double> powers_;        // n_i ^ normalization
  std::vector<std::uint64_t> pairs_;  // 64 bits: two items that a long history repeats can pass 2^32 pairs
  std::vector<std::uint32_t> met_;    // columns with a count
  std::vector<Entry> row_;
};

SparseMatrix one_behind_the_other(std::vector<SparseMatrix> blocks, std::size_t width) {
  SparseMatrix whole;
  whole.width = width;
  std::size_t entries = 0;
  for (const SparseMatrix& block : blocks) entries += block.columns.size();
  whole.columns.reserve(entries);
  whole.values.reserve(entries);
  whole.offsets.reserve(width + 1);
  for (SparseMatrix& block : blocks) {
    const std::uint64_t before = whole.columns.size();
    for (std::size_t r = 1; r < block.offsets.size(); ++r) whole.offsets.push_back(before + block.offsets[r]);
    whole.columns.insert(whole.columns.end(), block.columns.begin(), block.columns.end());
    whole.values.insert(whole.values.end(), block.values.begin(), block.values.end());
    block = SparseMatrix();
  }
  return whole;
}

}  // namespace

SparseMatrix cooccurrence(const TrainingEvents& events, const CooccurrenceConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(config.window >= 0 && config.neighbors >= 0 && config.normalization >= 0 && config.shrinkage >= 0);
  // A task has counters for all items, so there are at most this many tasks however many items there are.
  constexpr std::size_t kRowsMin = 32, kTasksMax = 256;
  const std::size_t items = events.items().size();
  const std::size_t rows = std::max(kRowsMin, (items + kTasksMax - 1) / kTasksMax);
  const Occurrences occurrences(events);
  std::vector<SparseMatrix> blocks((items + rows - 1) / rows);
  pool.for_each(blocks.size(), [&](std::size_t task) {
    RowCounter counter(events, occurrences, config);
    const std::size_t last = std::min(items, (task + 1) * rows);
    for (std::size_t item = task * rows; item < last; ++item) counter.append_row(item, blocks[task]);
  });
  return one_behind_the_other(std::move(blocks), items);
}

}  // namespace attune
