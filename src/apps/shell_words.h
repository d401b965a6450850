#pragma once

#include <filesystem>
#include <string>

namespace attune {

// The path as a shell reads it back: quoted if need be.
std::string shell_word(const std::filesystem::path& path);

}  // namespace attune
