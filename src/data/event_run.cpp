#include "data/event_run.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "data/user_parts.h"

namespace attune {
namespace {

// The values in the order given.
template <class T>
void reorder(std::vector<T>& values, const std::vector<std::uint32_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[order[i]];
  values = std::move(sorted);
}

// Several runs on their way to become one.
class RunMerge {
 public:
  RunMerge(std::span<const EventRun> runs, ScratchFile& file) : runs_(runs), file_(file) {
    std::uint32_t last = 0;
    for (const EventRun& run : runs) last = std::max(last, run.users.back());
    offsets_.resize(std::size_t{last} + 2);
    for (const EventRun& run : runs) {
      for (const std::uint32_t user : run.users) ++offsets_[user + 1];
    }
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    parts_ = cut_into_parts(offsets_);
  }

  const std::vector<std::uint64_t>& offsets() const { return offsets_; }  // of each user's events, and of their end

  // Writes the merged column.
  template <class T>
  std::span<const T> write(std::span<const T> EventRun::* column, ScratchFile::Map& map) {
    if ((runs_.front().*column).empty()) return {};
    file_.align();
    const std::size_t begin = file_.size();
    std::vector<T> values;
    for (const UserPart& part : parts_) {
      values.resize(offsets_[part.last_user] - offsets_[part.first_user]);
      gather(column, part, values.data());
      file_.append(std::as_bytes(std::span(values)));
    }
    map = file_.map(begin, offsets_.back() * sizeof(T));
    return {reinterpret_cast<const T*>(map.bytes().data()), offsets_.back()};
  }

 private:
  template <class T>
  void gather(std::span<const T> EventRun::* column, const UserPart& part, T* to) {
    next_.assign(offsets_.begin() + part.first_user, offsets_.begin() + part.last_user);
    const std::uint64_t first = offsets_[part.first_user];
    for (const EventRun& run : runs_) {
      const std::size_t last = run.lower_bound(part.last_user);
      for (std::size_t row = run.lower_bound(part.first_user); row < last; ++row) {
        to[next_[run.users[row] - part.first_user]++ - first] = (run.*column)[row];
      }
    }
  }

  std::span<const EventRun> runs_;
  ScratchFile& file_;
  std::vector<std::uint64_t> offsets_, next_;
  std::vector<UserPart> parts_;
};

}  // namespace

std::vector<std::uint32_t> order_by_user(std::span<const std::uint32_t> users) {
  if (std::is_sorted(users.begin(), users.end())) return {};
  // Radix sort from the lowest digit, which is stable; user and row travel together.
  constexpr int kDigitBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  ATTUNE_CHECK(users.size() <= (std::uint64_t{1} << 32));
  std::vector<std::uint64_t> pairs(users.size()), sorted(users.size());
  std::uint32_t highest = 0;
  for (std::size_t row = 0; row < users.size(); ++row) {
    pairs[row] = std::uint64_t{users[row]} << 32 | row;
    highest = std::max(highest, users[row]);
  }
  const int bits = static_cast<int>(std::bit_width(highest));
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    std::array<std::size_t, kDigits> next{};
    const auto digit = [&](std::uint64_t pair) { return (pair >> (32 + shift)) & (kDigits - 1); };
    for (const std::uint64_t pair : pairs) ++next[digit(pair)];
    std::size_t before = 0;
    for (std::size_t& count : next) before += std::exchange(count, before);
    for (const std::uint64_t pair : pairs) sorted[next[digit(pair)]++] = pair;
    pairs.swap(sorted);
  }
  std::vector<std::uint32_t> order(users.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(pairs[i]);
  return order;
}

EventRun::EventRun(EventBlock block) : block_(std::move(block)) {
  ATTUNE_CHECK(block_.items.size() == block_.size());
  ATTUNE_CHECK(block_.ratings.empty() || block_.ratings.size() == block_.size());
  ATTUNE_CHECK(block_.times.empty() || block_.times.size() == block_.size());
  const std::vector<std::uint32_t> order = order_by_user(block_.users);
  if (!order.empty()) {
    reorder(block_.users, order);
    reorder(block_.items, order);
    reorder(block_.ratings, order);
    reorder(block_.times, order);
  }
  for (std::size_t row = 0; row < block_.size(); row += kIndexStep) index_.push_back(block_.users[row]);
  view();
}

void EventRun::view() {
  users = block_.users;
  items = block_.items;
  ratings = block_.ratings;
  times = block_.times;
}

std::size_t EventRun::bytes() const noexcept {
  return users.size_bytes() + items.size_bytes() + ratings.size_bytes() + times.size_bytes();
}

EventRun EventRun::merged_to_disk(std::span<const EventRun> runs, ScratchFile& file) {
  RunMerge merge(runs, file);
  EventRun merged;
  merged.users = merge.write(&EventRun::users, merged.maps_[0]);
  merged.items = merge.write(&EventRun::items, merged.maps_[1]);
  merged.ratings = merge.write(&EventRun::ratings, merged.maps_[2]);
  merged.times = merge.write(&EventRun::times, merged.maps_[3]);
  const std::vector<std::uint64_t>& offsets = merge.offsets();
  std::uint32_t user = 0;
  for (std::size_t row = 0; row < offsets.back(); row += kIndexStep) {
    while (offsets[user + 1] <= row) ++user;
    merged.index_.push_back(user);
  }
  return merged;
}

std::size_t EventRun::lower_bound(std::uint32_t user) const {
  const auto step = static_cast<std::size_t>(std::lower_bound(index_.begin(), index_.end(), user) - index_.begin());
  if (step == 0) return 0;  // also the first row's user is not below
  const std::size_t first = (step - 1) * kIndexStep, last = std::min(first + kIndexStep, users.size());
  const auto part = users.subspan(first, last - first);
  return first + static_cast<std::size_t>(std::lower_bound(part.begin(), part.end(), user) - part.begin());
}

void EventRun::release_before(std::size_t row) const noexcept {
  const std::size_t bytes_a_row[4] = {sizeof(std::uint32_t), sizeof(std::uint32_t), sizeof(float),
                                      sizeof(std::int64_t)};
  for (std::size_t c = 0; c < 4; ++c) {
    if (!maps_[c].bytes().empty()) maps_[c].release_before(row * bytes_a_row[c]);
  }
}

}  // namespace attune
