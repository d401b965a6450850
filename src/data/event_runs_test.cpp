#include "data/event_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "data/event_run.h"
#include "storage/atomic_file.h"
#include "storage/test_folder.h"

namespace attune {
namespace {

EventBlock random_events(std::size_t count, std::uint32_t users, bool ratings, bool times, std::uint64_t seed) {
  Rng rng(seed);
  EventBlock events;
  for (std::size_t i = 0; i < count; ++i) {
    events.users.push_back(static_cast<std::uint32_t>(rng.below(users)));
    events.items.push_back(static_cast<std::uint32_t>(i));  // tells events apart
    if (ratings) events.ratings.push_back(static_cast<float>(rng.below(5)));
    if (times) events.times.push_back(static_cast<std::int64_t>(rng.below(50)) - 25);
  }
  return events;
}

EventBlock slice(const EventBlock& events, std::size_t first, std::size_t last) {
  const auto part = [&](const auto& values) {
    using Values = std::decay_t<decltype(values)>;
    return values.empty() ? Values() : Values(values.begin() + first, values.begin() + last);
  };
  return {part(events.users), part(events.items), part(events.ratings), part(events.times)};
}

// One stable sort of everything.
EventBlock sorted_plainly(const EventBlock& events) {
  std::vector<std::size_t> order(events.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (events.users[a] != events.users[b]) return events.users[a] < events.users[b];
    return !events.times.empty() && events.times[a] < events.times[b];
  });
  EventBlock sorted;
  for (const std::size_t i : order) {
    sorted.users.push_back(events.users[i]);
    sorted.items.push_back(events.items[i]);
    if (!events.ratings.empty()) sorted.ratings.push_back(events.ratings[i]);
    if (!events.times.empty()) sorted.times.push_back(events.times[i]);
  }
  return sorted;
}

struct Merged {
  EventBlock events;
  std::size_t on_disk = 0;
};

Merged merge_blocks(const EventBlock& events, std::size_t block, std::size_t memory_bytes, int threads) {
  const TestFolder folder;
  EventRuns runs({.memory_bytes = memory_bytes, .scratch_folder = folder.path()});
  for (std::size_t first = 0; first < events.size(); first += block) {
    runs.add(slice(events, first, std::min(first + block, events.size())));
  }
  Merged merged;
  merged.on_disk = runs.runs_on_disk();
  merged.events.users.resize(events.size());
  merged.events.items.resize(events.size());
  merged.events.ratings.resize(events.ratings.size());
  merged.events.times.resize(events.times.size());
  ThreadPool pool(threads);
  runs.merge(pool, [&](std::uint64_t first, const EventBlock& part) {
    const auto put = [&](const auto& from, auto& to) {
      std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(first));
    };
    put(part.users, merged.events.users);
    put(part.items, merged.events.items);
    if (!part.ratings.empty()) put(part.ratings, merged.events.ratings);
    if (!part.times.empty()) put(part.times, merged.events.times);
  });
  EXPECT_EQ(folder.entries(), 0u);  // the scratch file has no name
  return merged;
}

void expect_equal(const EventBlock& a, const EventBlock& b) {
  EXPECT_EQ(a.users, b.users);
  EXPECT_EQ(a.items, b.items);
  EXPECT_EQ(a.ratings, b.ratings);
  EXPECT_EQ(a.times, b.times);
}

TEST(EventRuns, AreOneStableSortWhateverTheBlocksBoundAndThreads) {
  const EventBlock events = random_events(200'000, 3000, true, true, 1);
  const EventBlock expected = sorted_plainly(events);
  for (const std::size_t block : {events.size(), std::size_t{70'001}, std::size_t{1024}}) {
    for (const std::size_t memory : {std::size_t{0}, std::size_t{1'000'000}, std::size_t{1} << 30}) {
      for (const int threads : {1, 3}) {
        const Merged merged = merge_blocks(events, block, memory, threads);
        expect_equal(merged.events, expected);
        EXPECT_EQ(merged.on_disk == 0, memory == std::size_t{1} << 30);
      }
    }
  }
}

TEST(EventRuns, KeepTheOrderOfTheLogWithoutTimesAndRatings) {
  for (const std::uint32_t users : {1u, 7u, 100'000u}) {
    const EventBlock events = random_events(70'000, users, false, false, users);
    expect_equal(merge_blocks(events, 10'000, 100'000, 2).events, sorted_plainly(events));
  }
}

TEST(EventRuns, OneUserMayHaveMoreEventsThanAPart) {
  const EventBlock events = random_events(300'000, 1, true, true, 5);
  expect_equal(merge_blocks(events, 100'000, 0, 2).events, sorted_plainly(events));
}

TEST(EventRuns, CountWhatTheyHold) {
  EventRuns runs({.scratch_folder = "."});
  runs.add({});
  EXPECT_EQ(runs.size(), 0u);
  runs.add({{2, 0, 2}, {1, 1, 3}, {}, {}});
  runs.add({{0}, {0}, {}, {}});
  EXPECT_EQ(runs.size(), 4u);
  EXPECT_FALSE(runs.has_ratings());
  EXPECT_EQ(runs.events_of_users(), (std::vector<std::uint64_t>{2, 0, 2}));
  EXPECT_EQ(runs.met_items(), (std::vector<std::uint8_t>{1, 1, 0, 1}));
}

TEST(EventRuns, AFullDiskIsAnErrorThatNamesTheFolder) {
  const TestFolder folder;
  EventRuns runs({.memory_bytes = 0, .scratch_folder = folder.path()});
  fail_write_for_test(2);
  runs.add(random_events(100, 5, true, true, 1));
  try {
    runs.runs_on_disk();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kSystem);
    EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("disk full"), std::string::npos) << error.what();
  }
  fail_write_for_test(0);
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(OrderByUser, IsEmptyForWhatIsInOrder) {
  EXPECT_TRUE(order_by_user(std::vector<std::uint32_t>{}).empty());
  EXPECT_TRUE(order_by_user(std::vector<std::uint32_t>{0, 0, 4'000'000'000}).empty());
  EXPECT_EQ(order_by_user(std::vector<std::uint32_t>{4'000'000'000, 0, 5000, 0}),
            (std::vector<std::uint32_t>{1, 3, 2, 0}));
}

TEST(EventRun, FindsTheFirstRowOfAUser) {
  EventBlock block;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    block.users.push_back(2 * (i / 3));
    block.items.push_back(i);
  }
  EventRun run(block);
  for (std::uint32_t user = 0; user < 3400; ++user) {
    const auto expected = std::lower_bound(block.users.begin(), block.users.end(), user) - block.users.begin();
    ASSERT_EQ(run.lower_bound(user), static_cast<std::size_t>(expected)) << user;
  }
}

}  // namespace
}  // namespace attune
