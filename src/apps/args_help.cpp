#include "apps/args_state.h"
#include "apps/console.h"
#include "apps/text_table.h"

namespace attune {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLeftMax = 34;
constexpr std::size_t kWidthMax = 100;

// "--model NAME", "DATASET".
std::string form_of(const Declared& one) {
  // A switch with a default is a config's field, which may be on.
  std::string form = one.is_switch && !one.initial.empty() ? "--[no-]" + one.name.substr(2) : one.name;
  if (!one.placeholder.empty()) form += " " + one.placeholder;
  if (one.positional && one.repeated) form += "…";
  return form;
}

std::string usage_line(const std::string& program, const std::string& command, const std::deque<Declared>& declared) {
  std::string line = program + " " + command;
  for (const Declared& one : declared) {
    if (one.positional) line += one.required ? " " + form_of(one) : " [" + form_of(one) + "]";
  }
  for (const Declared& one : declared) {
    if (!one.positional && one.required) line += " " + form_of(one);
  }
  return line + " [flags]";
}

void add_entry(std::string& out, const Declared& one, std::size_t left) {
  const std::string form = form_of(one);
  out.append(kIndent, ' ').append(form);
  const std::size_t column = kIndent + left + 2;
  std::size_t used = kIndent + display_width(form);
  std::string help = one.help;
  if (one.repeated && !one.positional) help += "; may be repeated";
  if (one.required && !one.positional) help += " (required)";
  if (!one.initial.empty()) help += " [" + one.initial + "]";
  if (display_width(form) > left) {
    out += '\n';
    used = 0;
  }
  bool first = true;
  for (const std::string& line : wrapped(help, std::min(kWidthMax, output_width()) - column)) {
    out.append(first ? column - used : column, ' ').append(line) += '\n';
    first = false;
  }
}

void add_section(std::string& out, const std::string& heading, const std::vector<const Declared*>& entries,
                 std::size_t left) {
  if (entries.empty()) return;
  out += "\n" + heading + "\n";
  for (const Declared* one : entries) add_entry(out, *one, left);
}

}  // namespace

std::string help_text(const std::string& program, const std::string& command, const std::vector<std::string>& examples,
                      const std::string& about, const std::vector<std::string>& sections,
                      const std::deque<Declared>& declared, const std::string& footer) {
  std::string out;
  for (const std::string& example : examples) out += example + "\n";
  out += "\n";
  for (const std::string& line : wrapped(about, std::min(kWidthMax, output_width()))) out += line + "\n";
  out += "\nUsage\n  " + usage_line(program, command, declared) + "\n";

  std::size_t left = 0;
  for (const Declared& one : declared) {
    const std::size_t width = display_width(form_of(one));
    if (width <= kLeftMax) left = std::max(left, width);
  }
  std::vector<const Declared*> arguments;
  std::vector<std::vector<const Declared*>> flags(sections.size());
  for (const Declared& one : declared) (one.positional ? arguments : flags[one.section]).push_back(&one);
  add_section(out, "Arguments", arguments, left);
  for (std::size_t i = 0; i < sections.size(); ++i) add_section(out, sections[i], flags[i], left);
  if (!footer.empty()) out += "\n" + footer;
  return out;
}

}  // namespace attune
