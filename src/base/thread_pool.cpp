#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"

namespace attune {
namespace {

int cores_allowed() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable done;
  std::uint64_t round = 0;
  bool stopping = false;
  const std::function<void(std::size_t)>* body = nullptr;
  std::size_t tasks = 0;
  std::size_t next = 0;
  std::size_t running = 0;
  std::size_t failed_task = std::numeric_limits<std::size_t>::max();
  std::exception_ptr failure;
  std::vector<std::thread> workers;

  // Takes tasks until none is left. Expects the lock, and holds it again on return.
  void work(std::unique_lock<std::mutex>& lock) {
    while (next < tasks) {
      const std::size_t task = next++;
      ++running;
      const auto* run = body;
      lock.unlock();
      std::exception_ptr caught;
      try {
        (*run)(task);
      } catch (...) {
        caught = std::current_exception();
      }
      lock.lock();
      --running;
      if (caught && task < failed_task) {
        failed_task = task;
        failure = caught;
        next = tasks;
      }
    }
    if (running == 0) done.notify_all();
  }

  void worker() {
    std::unique_lock lock(mutex);
    std::uint64_t seen = 0;
    while (true) {
      wake.wait(lock, [&] { return stopping || round != seen; });
      if (stopping) return;
      seen = round;
      work(lock);
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  const int count = threads > 0 ? threads : cores_allowed();
  state_->workers.reserve(static_cast<std::size_t>(count - 1));
  // A machine may refuse threads; results do not depend on how many there are, so those that started do the work.
  try {
    for (int i = 1; i < count; ++i) state_->workers.emplace_back([state = state_.get()] { state->worker(); });
  } catch (const std::system_error&) {
    log(LogLevel::kWarning, "the system refused a thread; working with " + std::to_string(this->threads()));
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const noexcept { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::for_each(std::size_t tasks, const std::function<void(std::size_t)>& body) {
  if (tasks == 0) return;
  std::unique_lock lock(state_->mutex);
  ATTUNE_CHECK(state_->body == nullptr);
  state_->body = &body;
  state_->tasks = tasks;
  state_->next = 0;
  state_->failed_task = std::numeric_limits<std::size_t>::max();
  state_->failure = nullptr;
  ++state_->round;
  state_->wake.notify_all();
  state_->work(lock);
  state_->done.wait(lock, [&] { return state_->running == 0 && state_->next >= state_->tasks; });
  state_->body = nullptr;
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

}  // namespace attune
