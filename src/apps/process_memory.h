#pragma once

#include <cstddef>

namespace attune {

// The most memory that this process has had at once, in megabytes (10^6 bytes): its peak resident set, program,
// libraries and touched pages of mapped files included. 0 where the system does not say.
double peak_memory_mb();

}  // namespace attune
