#pragma once

#include <filesystem>
#include <vector>

namespace attune {

// What a path on the command line stands for: itself; for a folder, all files in and below it that have the extension
// of a format (also .gz and .zst of these), but none whose name begins with '.' or '_'; for a pattern with '*' or '?'
// that is no file's name, what it matches. In the order of their names. Throws Error(kBadInput) when that is nothing.
std::vector<std::filesystem::path> expand_path(const std::filesystem::path& path);

// Whether `name` is matched by a pattern in which '*' stands for any characters and '?' for one.
bool matches(std::string_view name, std::string_view pattern) noexcept;

}  // namespace attune
