#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/shell_words.h"
#include "storage/test_folder.h"

namespace attune {

// The program as it was built: beside the test, or where $ATTUNE_BINARY says.
inline std::filesystem::path program_path() {
  const char* given = std::getenv("ATTUNE_BINARY");
  if (given != nullptr) return given;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "attune";
}

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

// Runs `attune words…` and waits for it. `extra` is shell text that follows the words.
inline Ran run(const std::vector<std::string>& words, const std::string& extra = "") {
  if (!std::filesystem::exists(program_path())) throw std::runtime_error(program_path().string() + " is not built");
  const TestFolder folder;
  std::string command = shell_word(program_path());
  for (const std::string& word : words) command += " " + shell_word(word);
  command += " " + extra + (extra.find('>') == std::string::npos ? " > " + shell_word(folder / "out") : "") + " 2> " +
             shell_word(folder / "err") + " < /dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(folder / "out"), read_file(folder / "err")};
}

}  // namespace attune
