#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace attune {

struct EraseReport {
  std::uint64_t users = 0, events = 0;  // that are gone
  std::uint64_t items = 0;              // that only they had met and no catalogue describes: gone too
  Manifest manifest;                    // of what is left
};

// Removes users from a dataset: their events, their identifiers and their rows of the user table. The folder is written
// anew and exchanged as a whole, and neither it nor anything beside it holds a byte of them afterwards, whatever an
// earlier attempt that was killed had left. Users behind them move up by a row. Throws Error(kBadInput) naming an
// identifier that the dataset has not, and then nothing has changed; Error(kSystem) when the disk refuses or the old
// folder cannot be deleted.
EraseReport erase_users(const std::filesystem::path& folder, const std::vector<std::string>& ids);

}  // namespace attune
