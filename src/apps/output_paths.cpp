#include "apps/output_paths.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

// The path without links and dots, as far as it exists.
fs::path real(const fs::path& path) {
  std::error_code failure;
  fs::path absolute = fs::weakly_canonical(fs::absolute(path, failure), failure);
  return failure ? path : absolute;
}

bool is_or_holds(const fs::path& outer, const fs::path& inner) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

void PathsInUse::read(const fs::path& input) { inputs_.push_back(real(input)); }

void PathsInUse::read(const std::optional<fs::path>& input) {
  if (input) read(*input);
}

void PathsInUse::write(const std::string& flag, const fs::path& output) {
  const fs::path target = real(output);
  for (const fs::path& input : inputs_) {
    if (!is_or_holds(input, target)) continue;
    throw Error(ErrorKind::kUsage, flag, " ", output.string(),
                target == input ? " is read by this command" : " lies in a folder that this command reads",
                "; writing it would destroy that. Name another place.");
  }
  if (std::ranges::find(outputs_, target) != outputs_.end()) {
    throw Error(ErrorKind::kUsage, flag, " ", output.string(),
                " is written under another flag too. Name another file.");
  }
  outputs_.push_back(target);
}

void PathsInUse::write(const std::string& flag, const std::optional<fs::path>& output) {
  if (output) write(flag, *output);
}

}  // namespace attune
