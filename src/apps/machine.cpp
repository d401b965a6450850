#include "apps/machine.h"

#include <chrono>
#include <fstream>

#include "apps/dates.h"
#include "base/thread_pool.h"

namespace attune {

std::string machine_text(int threads) {
  std::ifstream processors("/proc/cpuinfo");
  std::string line, name = "unknown processor";
  while (std::getline(processors, line)) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    name = line.substr(colon + 2);
    break;
  }
  const int count = ThreadPool(threads).threads();
  return name + ", " + std::to_string(count) + (count == 1 ? " thread" : " threads");
}

std::string today() {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return date_text(Timestamp{now.time_since_epoch().count()});
}

}  // namespace attune
