#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attune {

// What a command reads and writes by name, so that no output takes the place of one of its inputs or of another output.
class PathsInUse {
 public:
  void read(const std::filesystem::path& input);
  void read(const std::optional<std::filesystem::path>& input);

  // Throws Error(kUsage) naming the flag when `output` is something that is read, or lies in a folder that is read, or
  // is written under another flag.
  void write(const std::string& flag, const std::filesystem::path& output);
  void write(const std::string& flag, const std::optional<std::filesystem::path>& output);

 private:
  std::vector<std::filesystem::path> inputs_, outputs_;
};

}  // namespace attune
