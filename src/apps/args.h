#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/fields.h"

namespace attune {

// The arguments and flags of one command: declared first, each bound to a variable that holds its default, then parsed.
// Variables are written by parse() alone and must outlive it. Whatever a user gets wrong is an Error(kUsage) that names
// the nearest right spelling or shows the example. The help text is made of what was declared.
//
// A declaration spells the flag as the help shows it: "--out DIR" takes a value, "--json" does not; an argument is
// "DATASET".
class Args {
 public:
  enum class Need { kOptional, kRequired };

  // `program` is how the program was called; `words` what followed the command's name.
  Args(std::string program, std::string command, std::vector<std::string> words);
  ~Args();
  Args(const Args&) = delete;
  Args& operator=(const Args&) = delete;

  // What the help starts with: lines that work as they are (without program and command), then what the command does.
  void example(std::string_view words);
  void about(std::string_view text);
  // What follows the list of flags.
  void footer(std::string text);
  // Flags declared from here on are listed under this heading.
  void section(std::string_view heading);

  // Arguments: one that must be there, one that may be, one or more.
  void positional(std::string_view form, std::filesystem::path& value, std::string_view help);
  void positional(std::string_view form, std::optional<std::filesystem::path>& value, std::string_view help);
  void positional(std::string_view form, std::vector<std::filesystem::path>& values, std::string_view help);

  // Flags with a value; a vector's flag may be given several times, any other once.
  template <class T>
  void option(std::string_view form, T& value, std::string_view help, Need need = Need::kOptional) {
    declare(form, false, need, help, shown(value),
            [&value](const std::string& name, const std::string& text) { assign(name, text, value); });
  }
  template <class T>
  void option(std::string_view form, std::optional<T>& value, std::string_view help, Need need = Need::kOptional) {
    declare(form, false, need, help, "",
            [&value](const std::string& name, const std::string& text) { assign(name, text, value.emplace()); });
  }
  template <class T>
  void option(std::string_view form, std::vector<T>& values, std::string_view help, Need need = Need::kOptional) {
    declare(form, true, need, help, "",
            [&values](const std::string& name, const std::string& text) { assign(name, text, values.emplace_back()); });
  }

  // A flag whose value is one of a few names.
  template <class E>
  using Choices = std::vector<std::pair<std::string_view, E>>;
  template <class E>
  void choice(std::string_view form, E& value, std::type_identity_t<Choices<E>> choices, std::string_view help) {
    std::string initial;
    for (const auto& [name, meaning] : choices) {
      if (meaning == value) initial = name;
    }
    declare_choice(form, names_of(choices), std::move(initial), help,
                   [&value, choices](std::size_t chosen) { value = choices[chosen].second; });
  }
  template <class E>
  void choice(std::string_view form, std::optional<E>& value, std::type_identity_t<Choices<E>> choices,
              std::string_view help) {
    declare_choice(form, names_of(choices), "", help,
                   [&value, choices](std::size_t chosen) { value = choices[chosen].second; });
  }

  // --name, --name=false, --no-name.
  void flag(std::string_view form, bool& value, std::string_view help);

  // Each field as a flag, `max_history` as --max-history. After parsing the config is validated.
  void config(Config& config);
  // --config FILE.toml, which sets fields of the configs declared; flags come after it.
  void config_file();
  // --threads N, for a ThreadPool.
  void threads(int& value);

  // The value of a flag before parsing, for commands whose other flags depend on it.
  std::optional<std::string> peek(std::string_view flag) const;
  bool help_asked() const;
  // Whether the flag was among the words; after parsing.
  bool given(std::string_view flag) const;
  // " --name value" for each flag of the config that was among the words, for another command that has it; after
  // parsing.
  std::string given_words(const Config& config) const;

  // Reads the words. Returns false when help was asked for, which is then printed: the command returns 0.
  bool parse();

  // "<program> <words>", as an example to follow.
  std::string command_line(std::string_view words) const;
  std::string help() const;

 private:
  using Assign = std::function<void(const std::string& name, const std::string& text)>;

  static void assign(const std::string& name, const std::string& text, std::string& value);
  static void assign(const std::string& name, const std::string& text, std::filesystem::path& value);
  static void assign(const std::string& name, const std::string& text, std::int64_t& value);
  static void assign(const std::string& name, const std::string& text, double& value);
  static std::string shown(const std::string& value) { return value; }
  static std::string shown(const std::filesystem::path& value) { return value.string(); }
  static std::string shown(std::int64_t value) { return std::to_string(value); }
  static std::string shown(double value);

  template <class E>
  static std::vector<std::string> names_of(const Choices<E>& choices) {
    std::vector<std::string> names;
    for (const auto& choice : choices) names.emplace_back(choice.first);
    return names;
  }

  void declare(std::string_view form, bool repeated, Need, std::string_view help, std::string initial, Assign);
  void declare_choice(std::string_view form, std::vector<std::string> names, std::string initial, std::string_view help,
                      std::function<void(std::size_t)> choose);

  struct State;
  std::unique_ptr<State> state_;
  friend class FieldFlags;
};

}  // namespace attune
