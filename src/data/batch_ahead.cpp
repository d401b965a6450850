#include "data/batch_ahead.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace attune {
namespace {

constexpr std::size_t kBatchesAhead = 2;

}  // namespace

struct BatchAhead::State {
  explicit State(RowSource& rows) : source(rows) {}

  RowSource& source;
  std::mutex source_mutex;  // held by whoever calls the source

  std::mutex mutex;  // of all below
  std::condition_variable changed;
  std::deque<RowBatch> ready;
  std::exception_ptr failure;
  bool ended = false, cancelled = false;

  std::thread thread;
  bool started = false, first = true;

  bool read(RowBatch& batch) {
    const std::lock_guard lock(source_mutex);
    return source.next(batch);
  }

  // The thread's work.
  void run() {
    while (true) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return cancelled || ready.size() < kBatchesAhead; });
        if (cancelled) return;
      }
      RowBatch batch;
      bool more = false;
      std::exception_ptr thrown;
      try {
        more = read(batch);
      } catch (...) {
        thrown = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      if (more) ready.push_back(std::move(batch));
      failure = thrown;
      ended = !more;
      changed.notify_all();
      if (ended) return;
    }
  }

  void start() {
    try {
      thread = std::thread([this] { run(); });
      started = true;
    } catch (const std::system_error&) {  // no thread is to be had
    }
  }

  bool take(RowBatch& batch) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended || !ready.empty(); });
    if (ready.empty()) {
      if (failure) std::rethrow_exception(failure);
      return false;
    }
    batch = std::move(ready.front());
    ready.pop_front();
    changed.notify_all();
    return true;
  }
};

BatchAhead::BatchAhead(RowSource& source) : state_(std::make_unique<State>(source)) {}

BatchAhead::~BatchAhead() {
  State& s = *state_;
  if (!s.started) return;
  {
    const std::lock_guard lock(s.mutex);
    s.cancelled = true;
  }
  s.changed.notify_all();
  s.thread.join();
}

bool BatchAhead::next(RowBatch& batch) {
  State& s = *state_;
  if (s.started) return s.take(batch);
  const bool more = s.read(batch);
  if (s.first && more && batch.owner != nullptr) s.start();
  s.first = false;
  return more;
}

std::string BatchAhead::place(std::uint64_t record) {
  const std::lock_guard lock(state_->source_mutex);
  return state_->source.place(record);
}

std::string BatchAhead::record_text(std::uint64_t record) {
  const std::lock_guard lock(state_->source_mutex);
  return state_->source.record_text(record);
}

}  // namespace attune
