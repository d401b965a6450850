#include "apps/program.h"

#include <arrow/compute/initialize.h>

#include <csignal>
#include <new>
#include <string>
#include <vector>

#include "apps/console.h"
#include "apps/spelling.h"
#include "apps/text_table.h"
#include "apps/version.h"
#include "base/error.h"
#include "kernels/isa.h"

namespace attune {
namespace {

constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kWrongUsage = 2;

std::string list_of(std::span<const Command> commands) {
  TextTable table;
  table.column("");
  table.column("");
  for (const Command& command : commands) table.row({std::string(command.name), std::string(command.summary)});
  return table.text();
}

std::string overview(std::string_view program, std::span<const Command> commands) {
  const std::string name(program);
  return name + " sample --out shop\n" + name +
         " import shop/log.csv --items shop/items.csv --users shop/users.csv --out shop/dataset\n" + name +
         " train shop/dataset --model similarity --out shop/model\n" + name +
         " recommend shop/model shop/dataset --user u0001\n\n" +
         "attune recommends from a log of who did what when, by attention, and says why.\n\nCommands\n" +
         list_of(commands) + "\n" + name + " COMMAND --help says more about one of them; " + name +
         " --version prints the version.\n";
}

[[noreturn]] void refuse_command(const std::string& word, std::span<const Command> commands) {
  std::vector<std::string> names;
  std::string all;
  for (const Command& command : commands) {
    names.emplace_back(command.name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  const std::string near = nearest_name(word, names);
  throw Error(ErrorKind::kUsage, "there is no command '", word, "'", near.empty() ? "" : "; did you mean " + near + "?",
              "\nThe commands are ", all);
}

int dispatch(std::span<const Command> commands, const std::string& program, const std::vector<std::string>& words) {
  if (words.empty()) {
    print_error("which command?\n\n" + overview(program, commands));
    return kWrongUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print(overview(program, commands));
    return kSuccess;
  }
  if (words[0] == "--version") {
    print("attune " + std::string(kVersion) + "\n");
    return kSuccess;
  }
  for (const Command& command : commands) {
    if (command.name != words[0]) continue;
    Args args(program, words[0], {words.begin() + 1, words.end()});
    return command.run(args);
  }
  refuse_command(words[0], commands);
}

// The first things that a process must do, before anything uses Arrow or a kernel.
void start_libraries() {
  std::signal(SIGPIPE, SIG_IGN);  // print() hears of a closed pipe by an error, and files under way are cleaned up
  start_log();
  kernels::select_from_environment();
  const arrow::Status status = arrow::compute::Initialize();
  if (!status.ok()) throw Error(ErrorKind::kSystem, "Arrow does not start: ", status.ToString());
}

}  // namespace

int run_program(std::span<const Command> commands, int count, char** words) {
  try {
    start_libraries();
    const std::string program = count > 0 ? words[0] : "attune";
    const int status = dispatch(commands, program, {words + std::min(count, 1), words + count});
    flush_output();
    return output_closed() ? kFailure : status;
  } catch (const Error& error) {
    print_error(error.what());
    return error.kind() == ErrorKind::kUsage ? kWrongUsage : kFailure;
  } catch (const std::bad_alloc&) {
    print_error("the memory does not suffice for this");
    return kFailure;
  } catch (const std::exception& error) {
    print_error(error.what());
    return kFailure;
  }
}

}  // namespace attune
