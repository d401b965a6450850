#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace attune {

// Persistent threads that share out numbered tasks. Results must not depend on the number of threads: cut work into
// tasks by the data, let each task write to a place of its own, and sum partial results in task order.
class ThreadPool {
 public:
  // `threads` counts the caller too, which works along; 0 takes one for each core that this process may run on.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept;

  // Runs body(task) for every task in [0, tasks), in any order, and returns when all are done. If bodies throw, the
  // exception of the lowest task among those that ran is thrown here and tasks not yet begun are dropped. One caller at
  // a time; a body must not call back into the pool.
  void for_each(std::size_t tasks, const std::function<void(std::size_t task)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attune
