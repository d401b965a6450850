#include "data/event_run.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/check.h"

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

template <class T>
std::span<const T> spill_column(std::vector<T>& values, ScratchFile& file, ScratchFile::Map& map) {
  if (values.empty()) return {};
  file.align();
  const std::size_t count = values.size(), offset = file.append(std::as_bytes(std::span(values)));
  std::vector<T>().swap(values);
  map = file.map(offset, count * sizeof(T));
  return {reinterpret_cast<const T*>(map.bytes().data()), count};
}

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

void EventRun::spill(ScratchFile& file) {
  users = spill_column(block_.users, file, maps_[0]);
  items = spill_column(block_.items, file, maps_[1]);
  ratings = spill_column(block_.ratings, file, maps_[2]);
  times = spill_column(block_.times, file, maps_[3]);
  on_disk_ = true;
}

std::size_t EventRun::lower_bound(std::uint32_t user) const {
  const auto step = static_cast<std::size_t>(std::lower_bound(index_.begin(), index_.end(), user) - index_.begin());
  if (step == 0) return 0;  // also the first row's user is not below
  const std::size_t first = (step - 1) * kIndexStep, last = std::min(first + kIndexStep, users.size());
  const auto part = users.subspan(first, last - first);
  return first + static_cast<std::size_t>(std::lower_bound(part.begin(), part.end(), user) - part.begin());
}

void EventRun::release_before(std::size_t row) const noexcept {
  if (!on_disk_) return;
  const std::size_t bytes_a_row[4] = {sizeof(std::uint32_t), sizeof(std::uint32_t), sizeof(float),
                                      sizeof(std::int64_t)};
  for (std::size_t c = 0; c < 4; ++c) {
    if (!maps_[c].bytes().empty()) maps_[c].release_before(row * bytes_a_row[c]);
  }
}

}  // namespace attune
