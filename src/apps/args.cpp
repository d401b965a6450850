#include "apps/args.h"

#include <algorithm>
#include <charconv>

#include "apps/args_state.h"
#include "apps/config_file.h"
#include "apps/console.h"
#include "apps/shell_words.h"
#include "base/error.h"

namespace attune {
namespace {

std::string kebab(std::string_view field) {
  std::string name = "--" + std::string(field);
  for (char& letter : name) {
    if (letter == '_') letter = '-';
  }
  return name;
}

template <class T>
void parse_number(const std::string& name, const std::string& text, T& value, const char* expected) {
  const char* first = text.data();
  const char* last = first + text.size();
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last) {
    throw Error(ErrorKind::kUsage, name, " must be ", expected, ", not '", text, "'");
  }
}

bool parse_switch(const std::string& name, const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw Error(ErrorKind::kUsage, name, " takes no value, or =true or =false, not '", text, "'");
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : between) + name;
  return all;
}

}  // namespace

// Makes a flag of each field of a config.
class FieldFlags final : public FieldVisitor {
 public:
  explicit FieldFlags(Args& args) : args_(args) {}

  void visit(std::string_view name, bool& value, std::string_view help) override {
    args_.flag(kebab(name), value, help);
    args_.state_->declared.back().initial = value ? "on" : "off";
  }
  void visit(std::string_view name, std::int64_t& value, std::string_view help) override {
    args_.option(kebab(name) + " N", value, help);
  }
  void visit(std::string_view name, double& value, std::string_view help) override {
    args_.option(kebab(name) + " X", value, help);
  }
  void visit(std::string_view name, std::string& value, std::string_view help) override {
    args_.option(kebab(name) + " TEXT", value, help);
  }

 private:
  Args& args_;
};

// The flags of a config's fields.
class FieldNames final : public FieldVisitor {
 public:
  std::vector<std::string> flags;

  void visit(std::string_view name, bool&, std::string_view) override { flags.push_back(kebab(name)); }
  void visit(std::string_view name, std::int64_t&, std::string_view) override { flags.push_back(kebab(name)); }
  void visit(std::string_view name, double&, std::string_view) override { flags.push_back(kebab(name)); }
  void visit(std::string_view name, std::string&, std::string_view) override { flags.push_back(kebab(name)); }
};

Args::Args(std::string program, std::string command, std::vector<std::string> words)
    : state_(std::make_unique<State>()) {
  state_->program = std::move(program);
  state_->command = std::move(command);
  state_->words = std::move(words);
}

Args::~Args() = default;

void Args::example(std::string_view words) { state_->examples.push_back(command_line(words)); }
void Args::about(std::string_view text) { state_->about = text; }
void Args::footer(std::string text) { state_->footer = std::move(text); }
void Args::section(std::string_view heading) { state_->sections.emplace_back(heading); }

void Args::declare(std::string_view form, bool repeated, Need need, std::string_view help, std::string initial,
                   Assign assign) {
  Declared declared;
  const std::size_t space = form.find(' ');
  declared.name = form.substr(0, space);
  if (space != std::string_view::npos) declared.placeholder = form.substr(space + 1);
  declared.positional = !form.starts_with("--");
  declared.is_switch = !declared.positional && declared.placeholder.empty();
  declared.repeated = repeated;
  declared.required = need == Need::kRequired;
  declared.help = help;
  if (!declared.required) declared.initial = std::move(initial);
  declared.section = state_->sections.size() - 1;
  declared.assign = std::move(assign);
  state_->declared.push_back(std::move(declared));
}

void Args::declare_choice(std::string_view form, std::vector<std::string> names, std::string initial,
                          std::string_view help, std::function<void(std::size_t)> choose) {
  const auto assign = [names, choose = std::move(choose)](const std::string& name, const std::string& text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == text) return choose(i);
    }
    throw Error(ErrorKind::kUsage, name, " is one of ", joined(names, ", "), "; '", text, "' is not known");
  };
  declare(std::string(form) + " " + joined(names, "|"), false, Need::kOptional, help, std::move(initial), assign);
}

void Args::positional(std::string_view form, std::filesystem::path& value, std::string_view help) {
  declare(form, false, Need::kRequired, help, "",
          [&value](const std::string&, const std::string& text) { value = text; });
}

void Args::positional(std::string_view form, std::optional<std::filesystem::path>& value, std::string_view help) {
  declare(form, false, Need::kOptional, help, "",
          [&value](const std::string&, const std::string& text) { value = text; });
}

void Args::positional(std::string_view form, std::vector<std::filesystem::path>& values, std::string_view help) {
  declare(form, true, Need::kRequired, help, "",
          [&values](const std::string&, const std::string& text) { values.emplace_back(text); });
}

void Args::flag(std::string_view form, bool& value, std::string_view help) {
  declare(form, false, Need::kOptional, help, "",
          [&value](const std::string& name, const std::string& text) { value = parse_switch(name, text); });
  state_->declared.back().negatable = true;
}

void Args::config(Config& config) {
  state_->configs.push_back(&config);
  FieldFlags flags(*this);
  config.each_field(flags);
}

void Args::config_file() {
  option("--config FILE.toml", state_->config_file,
         "settings from a file, named as below with _ for -; flags come after it");
}

void Args::threads(int& value) {
  declare("--threads N", false, Need::kOptional, "threads to use; results do not depend on it", "all cores",
          [&value](const std::string& name, const std::string& text) {
            std::int64_t threads = 0;
            assign(name, text, threads);
            if (threads < 0 || threads > 1024) {
              throw Error(ErrorKind::kUsage, name, " must be from 1 to 1024, or 0 for all cores, not ", text);
            }
            value = static_cast<int>(threads);
          });
}

std::optional<std::string> Args::peek(std::string_view flag) const {
  const std::vector<std::string>& words = state_->words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == flag && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with(std::string(flag) + "=")) return words[i].substr(flag.size() + 1);
  }
  return std::nullopt;
}

bool Args::help_asked() const {
  for (const std::string& word : state_->words) {
    if (word == "--help" || word == "-h") return true;
    if (word == "--") return false;
  }
  return false;
}

bool Args::given(std::string_view flag) const {
  for (const Declared& declared : state_->declared) {
    if (declared.name == flag) return !declared.got.empty();
  }
  return false;
}

std::string Args::given_words(const Config& config) const {
  FieldNames names;
  config.clone()->each_field(names);
  std::string words;
  for (const Declared& declared : state_->declared) {
    if (std::ranges::find(names.flags, declared.name) == names.flags.end()) continue;
    for (const std::string& text : declared.got) words += " " + declared.name + " " + shell_word(text);
  }
  return words;
}

bool Args::parse() {
  section("Everywhere");
  flag("--quiet", state_->quiet, "no progress, notes or warnings");
  flag("--verbose", state_->verbose, "say more about what is done");
  flag("--help", state_->help, "this text");
  if (help_asked()) {
    print(help());
    return false;
  }
  distribute_words(state_->declared, state_->words);
  for (Declared& declared : state_->declared) {
    if (declared.required && declared.got.empty()) {
      throw Error(ErrorKind::kUsage, declared.name, " is missing: ", declared.help,
                  state_->examples.empty() ? "" : "\nExample: " + state_->examples.front());
    }
    if (declared.name == "--config" && !declared.got.empty()) read_config_file(declared.got.front(), state_->configs);
  }
  for (Declared& declared : state_->declared) {
    for (const std::string& text : declared.got) declared.assign(declared.name, text);
  }
  for (Config* config : state_->configs) config->validate();
  set_verbosity(state_->quiet ? Verbosity::kQuiet : state_->verbose ? Verbosity::kVerbose : Verbosity::kNormal);
  return true;
}

std::string Args::command_line(std::string_view words) const { return state_->program + " " + std::string(words); }

std::string Args::help() const {
  return help_text(state_->program, state_->command, state_->examples, state_->about, state_->sections,
                   state_->declared, state_->footer);
}

void Args::assign(const std::string&, const std::string& text, std::string& value) { value = text; }

void Args::assign(const std::string& name, const std::string& text, std::filesystem::path& value) {
  if (text.empty()) throw Error(ErrorKind::kUsage, name, " needs the name of a file or folder, not an empty text");
  value = text;
}

void Args::assign(const std::string& name, const std::string& text, std::int64_t& value) {
  parse_number(name, text, value, "a whole number");
}

void Args::assign(const std::string& name, const std::string& text, double& value) {
  parse_number(name, text, value, "a number");
}

std::string Args::shown(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace attune
