#include "base/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace attune {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLarge = std::size_t{4} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t step) { return (bytes + step - 1) / step * step; }

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  const std::size_t alignment = bytes >= kLarge ? kHugePage : kLine;
  const std::size_t size = rounded_up(bytes == 0 ? 1 : bytes, alignment);
  void* memory = std::aligned_alloc(alignment, size);
  if (memory == nullptr) throw Error(ErrorKind::kSystem, "the system refuses ", size, " bytes of memory");
  if (alignment == kHugePage) madvise(memory, size, MADV_HUGEPAGE);  // a wish: without it pages are small
  std::memset(memory, 0, size);
  return memory;
}

void free_aligned(void* memory) noexcept { std::free(memory); }

}  // namespace attune
