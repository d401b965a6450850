#pragma once

#include <string_view>

namespace attune {

inline constexpr std::string_view kVersion = ATTUNE_VERSION;  // the project's, as CMakeLists.txt has it

}  // namespace attune
