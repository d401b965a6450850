#pragma once

#include <filesystem>
#include <span>

#include "base/fields.h"

namespace attune {

// Sets fields of `configs` from a TOML file of top-level keys named as the fields are. Throws Error(kUsage) with file
// and line for a key that no config has (naming the nearest that one has) or a value of another type, Error(kBadInput)
// for a file that is not TOML.
void read_config_file(const std::filesystem::path& path, std::span<Config* const> configs);

}  // namespace attune
