#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace attune {
namespace {

TEST(Log, GoesToTheSinkAndIsDroppedWithoutOne) {
  log(LogLevel::kWarning, "nobody hears this");
  std::vector<std::string> heard;
  set_log_sink([&](LogLevel level, std::string_view message) {
    heard.push_back((level == LogLevel::kWarning ? "warning: " : "other: ") + std::string(message));
  });
  log(LogLevel::kWarning, "one");
  log(LogLevel::kInfo, "two");
  set_log_sink({});
  log(LogLevel::kWarning, "three");
  EXPECT_EQ(heard, (std::vector<std::string>{"warning: one", "other: two"}));
}

TEST(Log, CallsTheSinkFromOneThreadAtATime) {
  int messages = 0;
  set_log_sink([&](LogLevel, std::string_view) { ++messages; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int k = 0; k < 1000; ++k) log(LogLevel::kInfo, "message");
    });
  }
  for (std::thread& thread : threads) thread.join();
  set_log_sink({});
  EXPECT_EQ(messages, 4000);
}

}  // namespace
}  // namespace attune
