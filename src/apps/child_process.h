#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace attune {

// What a child process printed, and how it ended.
struct ChildRun {
  int status = -1;  // its exit status; 128 + the signal that stopped it
  std::string out;
  std::string err;
};

// Runs this very program with these words and waits for it, so that what it does has memory of its own that can be
// measured. Its output goes through files in `folder`. Throws Error(kSystem) when it cannot be started.
ChildRun run_self(const std::vector<std::string>& words, const std::filesystem::path& folder);

}  // namespace attune
