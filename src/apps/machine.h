#pragma once

#include <string>

namespace attune {

// "AMD EPYC 7763, 2 threads": the processor as the system names it, and how many threads a pool of `threads` has.
std::string machine_text(int threads);

// Today's date in UTC, "2026-11-25".
std::string today();

}  // namespace attune
