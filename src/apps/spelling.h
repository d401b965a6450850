#pragma once

#include <span>
#include <string>
#include <string_view>

namespace attune {

// The candidate with the fewest edits (a letter inserted, dropped or changed, or neighbours exchanged) from `word`; a
// candidate that `word` begins wins over edits. "" when nothing is close enough to be meant.
std::string nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace attune
