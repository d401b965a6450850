#include <CLI/CLI.hpp>

#include "apps/args_state.h"
#include "apps/spelling.h"
#include "base/error.h"

// The only unit that includes CLI11, which takes long to compile.
namespace attune {
namespace {

using Options = std::vector<std::pair<Declared*, CLI::Option*>>;

Options add_options(CLI::App& app, std::deque<Declared>& declared) {
  Options options;
  for (Declared& one : declared) {
    CLI::Option* option = nullptr;
    if (one.is_switch) {
      option = app.add_flag(one.negatable ? one.name + ",!--no-" + one.name.substr(2) : one.name);
    } else {
      option = app.add_option(one.name);
      // An argument that may be repeated takes all words left; a flag one value each time that it is given, since a
      // list would swallow arguments and reads "[a,b]", which may be an identifier, in a way of its own.
      if (one.positional && one.repeated) {
        option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(true);
      } else {
        option->expected(1)->allow_extra_args(false);
      }
    }
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(&one, option);
  }
  return options;
}

std::vector<std::string> flag_names(const std::deque<Declared>& declared) {
  std::vector<std::string> names;
  for (const Declared& one : declared) {
    if (!one.positional) names.push_back(one.name);
  }
  return names;
}

[[noreturn]] void refuse_word(const std::string& word, const std::deque<Declared>& declared) {
  if (!word.starts_with('-') || word == "-") {
    throw Error(ErrorKind::kUsage, "'", word, "' is one argument too many; see --help");
  }
  const std::string flag = word.substr(0, word.find('='));
  const std::string near = nearest_name(flag, flag_names(declared));
  throw Error(ErrorKind::kUsage, "there is no flag ", flag,
              near.empty() ? "; see --help" : "; did you mean " + near + "?");
}

// Makes `--flag=` two words, since CLI11 would take the next word as its value, and refuses a flag whose value is left
// out, so that the next flag would be taken for it.
std::vector<std::string> prepared(const std::deque<Declared>& declared, const std::vector<std::string>& words) {
  std::vector<std::string> out;
  const std::vector<std::string> flags = flag_names(declared);
  const auto takes_value = [&](const std::string& word) {
    return std::any_of(declared.begin(), declared.end(),
                       [&](const Declared& one) { return one.name == word && !one.positional && !one.is_switch; });
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() > 3 && word.ends_with('=') && takes_value(word.substr(0, word.size() - 1))) {
      out.push_back(word.substr(0, word.size() - 1));
      out.emplace_back();
      continue;
    }
    out.push_back(word);
    if (!takes_value(word)) continue;
    const bool last = i + 1 == words.size();
    if (last || std::find(flags.begin(), flags.end(), words[i + 1]) != flags.end()) {
      throw Error(ErrorKind::kUsage, word, " needs a value",
                  last ? "" : "; what follows it is the flag " + words[i + 1]);
    }
    out.push_back(words[++i]);
  }
  return out;
}

}  // namespace

void distribute_words(std::deque<Declared>& declared, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag("");
  app.allow_extras(true);
  app.allow_windows_style_options(false);
  const Options options = add_options(app, declared);
  std::vector<std::string> reversed = prepared(declared, words);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
  for (const std::string& word : app.remaining()) {
    if (word != "--") refuse_word(word, declared);
  }
  for (const auto& [one, option] : options) {
    one->got = option->results();
    if (one->got.size() > 1 && !one->repeated) {
      throw Error(ErrorKind::kUsage, one->name, " is given ", one->got.size(), " times; it is taken once");
    }
  }
}

}  // namespace attune
