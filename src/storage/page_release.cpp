#include "storage/page_release.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace attune {

void release_pages_before(std::span<const std::byte> mapped, std::size_t end) noexcept {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t whole = std::min(end, mapped.size()) / page * page;
  if (whole > 0) ::madvise(const_cast<std::byte*>(mapped.data()), whole, MADV_DONTNEED);
}

}  // namespace attune
