#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "data/input.h"
#include "storage/mapped_file.h"

namespace attune {

// What an input's bytes are packed with, by their first ones: "gzip", "zstd" or nothing.
std::optional<std::string> find_packing(std::string_view bytes) noexcept;

// The bytes unpacked into a spool file. Throws Error(kBadInput) when they are damaged or cut short, or when they expand
// to more than the options' max_expansion times their size, as only a bomb does.
MappedFile unpack(std::string_view bytes, const std::string& packing, const Input& input);

}  // namespace attune
