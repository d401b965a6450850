#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "features/item_features.h"
#include "features/row_blocks.h"

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
    keep_largest(row_, static_cast<std::size_t>(config_.neighbors));
    attune::append_row(row_, out);
  }

 private:
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

  const TrainingEvents& events_;
  const Occurrences& occurrences_;
  const CooccurrenceConfig& config_;
  std::vector<double> powers_;        // n_i ^ normalization
  std::vector<std::uint64_t> pairs_;  // 64 bits: two items that a long history repeats can pass 2^32 pairs
  std::vector<std::uint32_t> met_;    // columns with a count
  std::vector<RowEntry> row_;
};

}  // namespace

SparseMatrix cooccurrence(const TrainingEvents& events, const CooccurrenceConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(config.window >= 0 && config.neighbors >= 0 && config.normalization >= 0 && config.shrinkage >= 0);
  const std::size_t items = events.items().size();
  const Occurrences occurrences(events);
  return made_in_blocks(items, items, pool, [&](std::size_t first, std::size_t last, SparseMatrix& out) {
    RowCounter counter(events, occurrences, config);
    for (std::size_t item = first; item < last; ++item) counter.append_row(item, out);
  });
}

}  // namespace attune
