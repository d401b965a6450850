#include "apps/process_memory.h"

#include <fstream>
#include <string>

namespace attune {

// VmHWM starts anew when a program starts; getrusage() would carry over the peak of the process that started it.
double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024 / 1e6;
  }
  return 0;
}

}  // namespace attune
