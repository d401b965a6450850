#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// For tests: how large the largest single allocation was. Replaces operator new for the whole program, so exactly one
// source of a test program includes this.

namespace attune {

class AllocationProbe {
 public:
  AllocationProbe() { largest_ = 0; }
  std::size_t largest() const noexcept { return largest_; }
  static void note(std::size_t size) noexcept {
    if (size > largest_) largest_ = size;
  }

 private:
  static inline thread_local std::size_t largest_ = 0;
};

}  // namespace attune

// Not inlined, lest the compiler take malloc and delete, or new and free, for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  attune::AllocationProbe::note(size);
  return std::malloc(size > 0 ? size : 1);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
