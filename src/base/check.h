#pragma once

namespace attune {

// Prints the condition and its place on stderr and stops the program. Called by ATTUNE_CHECK only.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace attune

// Stops the program if our own code is wrong. Active in every build; never for bad input, which throws Error, and never
// with a side effect in the condition.
#define ATTUNE_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::attune::check_failed(#condition, __FILE__, __LINE__))
