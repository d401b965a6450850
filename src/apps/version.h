#pragma once

#include <string_view>

namespace attune {

inline constexpr std::string_view kVersion = "0.1.0";  // as CMakeLists.txt has it

}  // namespace attune
