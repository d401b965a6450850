#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace attune {

// Events that one step of a merge takes, unless a single user has more: 1.3 MB, which a core's own cache holds.
inline constexpr std::uint64_t kPartEvents = 1 << 16;

// Users [first_user, last_user).
struct UserPart {
  std::uint32_t first_user = 0, last_user = 0;
};

// Parts that follow one another; offsets[u] is the number of the events of users before u.
inline std::vector<UserPart> cut_into_parts(std::span<const std::uint64_t> offsets) {
  std::vector<UserPart> parts;
  const auto users = static_cast<std::uint32_t>(offsets.size() - 1);
  for (std::uint32_t first = 0; first < users;) {
    std::uint32_t last = first + 1;
    while (last < users && offsets[last + 1] - offsets[first] <= kPartEvents) ++last;
    parts.push_back({first, last});
    first = last;
  }
  return parts;
}

}  // namespace attune
