#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/args.h"

namespace attune {

// One argument or flag as it was declared, and the words that it got.
struct Declared {
  std::string name;         // "--out", "DATASET"
  std::string placeholder;  // "DIR"; empty for an argument and for a flag without a value
  bool positional = false;
  bool is_switch = false;  // takes no value
  bool negatable = false;  // --no-name too
  bool repeated = false;
  bool required = false;
  std::string help;
  std::string initial;  // the default as it is shown
  std::size_t section = 0;
  std::function<void(const std::string& name, const std::string& text)> assign;
  std::vector<std::string> got;
};

struct Args::State {
  std::string program;
  std::string command;
  std::vector<std::string> words;
  std::vector<std::string> examples;
  std::string about;
  std::string footer;
  std::vector<std::string> sections{"Flags"};
  std::deque<Declared> declared;
  std::vector<Config*> configs;
  std::optional<std::filesystem::path> config_file;
  bool quiet = false;
  bool verbose = false;
  bool help = false;
};

// Hands each of `words` to what was declared for it. Throws Error(kUsage) for an unknown flag, a missing or superfluous
// value, an argument too many. Values are not looked at.
void distribute_words(std::deque<Declared>& declared, const std::vector<std::string>& words);

// The help text, as wide as the terminal but not wider than 100 columns.
std::string help_text(const std::string& program, const std::string& command, const std::vector<std::string>& examples,
                      const std::string& about, const std::vector<std::string>& sections,
                      const std::deque<Declared>& declared, const std::string& footer);

}  // namespace attune
