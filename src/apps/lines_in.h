#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace attune {

// The lines of a text file without their ends (also those of Windows), a byte order mark dropped.
std::vector<std::string> read_lines(const std::filesystem::path& path);

}  // namespace attune
