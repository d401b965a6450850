#pragma once

#include <cstddef>
#include <span>

namespace attune {

// Lets go of the memory of whole pages of a mapped file in front of byte `end`; touching them again reads the file
// again. Never for memory that is not a file's.
void release_pages_before(std::span<const std::byte> mapped, std::size_t end) noexcept;

}  // namespace attune
