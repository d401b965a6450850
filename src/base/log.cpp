#include "base/log.h"

#include <mutex>
#include <utility>

namespace attune {
namespace {

struct Logger {
  std::mutex mutex;
  LogSink sink;
};

Logger& logger() {
  static Logger instance;
  return instance;
}

}  // namespace

void set_log_sink(LogSink sink) {
  const std::lock_guard lock(logger().mutex);
  logger().sink = std::move(sink);
}

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(logger().mutex);
  if (logger().sink) logger().sink(level, message);
}

}  // namespace attune
