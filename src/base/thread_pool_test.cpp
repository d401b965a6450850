#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace attune {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::size_t tasks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(tasks);
      pool.for_each(tasks, [&](std::size_t task) { ++runs[task]; });
      for (std::size_t task = 0; task < tasks; ++task) ASSERT_EQ(runs[task], 1) << threads << " threads, task " << task;
    }
  }
}

TEST(ThreadPool, IsReusedManyTimes) {
  ThreadPool pool(4);
  std::atomic<std::size_t> sum = 0;
  for (int round = 0; round < 2000; ++round) pool.for_each(5, [&](std::size_t task) { sum += task; });
  EXPECT_EQ(sum, 2000u * 10);
}

TEST(ThreadPool, WritesOfTasksAreSeenAfterwards) {
  ThreadPool pool(3);
  std::vector<std::size_t> squares(500);
  pool.for_each(squares.size(), [&](std::size_t task) { squares[task] = task * task; });
  for (std::size_t task = 0; task < squares.size(); ++task) ASSERT_EQ(squares[task], task * task);
}

TEST(ThreadPool, UsesItsThreadsAtTheSameTime) {
  ThreadPool pool(3);
  std::atomic<int> arrived = 0;
  // Each task waits for all three, so this ends only when three threads run at once.
  pool.for_each(3, [&](std::size_t) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 3);
}

TEST(ThreadPool, OfOneThreadRunsTasksInOrderInTheCaller) {
  ThreadPool pool(1);
  const std::thread::id caller = std::this_thread::get_id();
  std::vector<std::size_t> order;
  pool.for_each(4, [&](std::size_t task) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(task);
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(ThreadPool, ZeroTakesTheCoresThatTheProcessMayUse) {
  cpu_set_t set;
  ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_EQ(ThreadPool(0).threads(), CPU_COUNT(&set));
  EXPECT_EQ(ThreadPool(-1).threads(), CPU_COUNT(&set));
}

TEST(ThreadPool, ThrowsTheExceptionOfTheLowestFailedTaskAndGoesOn) {
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 200; ++round) {
      try {
        // The first tasks all run, whatever the others do, since they are taken in order.
        pool.for_each(100, [&](std::size_t task) {
          if (task >= 1) throw Error(ErrorKind::kBadInput, "task ", task);
        });
        FAIL() << "nothing was thrown";
      } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "task 1");
      }
      std::atomic<int> runs = 0;
      pool.for_each(10, [&](std::size_t) { ++runs; });
      ASSERT_EQ(runs, 10);
    }
  }
}

TEST(ThreadPool, DropsTasksNotBegunAfterAFailure) {
  ThreadPool pool(1);
  int runs = 0;
  EXPECT_THROW(pool.for_each(100,
                             [&](std::size_t task) {
                               ++runs;
                               if (task == 2) throw std::runtime_error("stop");
                             }),
               std::runtime_error);
  EXPECT_EQ(runs, 3);
}

TEST(ThreadPool, ABodyMayUseAPoolOfItsOwn) {
  ThreadPool outer(2);
  std::atomic<int> runs = 0;
  outer.for_each(8, [&](std::size_t) {
    ThreadPool inner(1);
    inner.for_each(8, [&](std::size_t) { ++runs; });
  });
  EXPECT_EQ(runs, 64);
}

TEST(ThreadPoolDeathTest, CallingBackIntoThePoolIsOurMistake) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        ThreadPool pool(1);
        pool.for_each(1, [&](std::size_t) { pool.for_each(1, [](std::size_t) {}); });
      },
      "check failed");
}

}  // namespace
}  // namespace attune
