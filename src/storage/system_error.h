#pragma once

#include <filesystem>
#include <string_view>

namespace attune {

// Throws Error(kSystem): what was being done ("cannot write"), to which path, why the operating system refused (`code`
// is an errno) and what to do about it.
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code);

}  // namespace attune
