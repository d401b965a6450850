#pragma once

#include <span>
#include <string_view>

#include "apps/args.h"

namespace attune {

// A row of the table of commands. `run` declares its flags, parses them, does the work, prints the result and returns
// the exit status.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(Args& args);
};

// Runs the command that the first word names. Returns what the process exits with: 0 success, 1 failure, 2 wrong usage.
// The one place of the command line where errors are caught.
int run_program(std::span<const Command> commands, int count, char** words);

}  // namespace attune
