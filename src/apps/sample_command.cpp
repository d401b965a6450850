#include "apps/commands.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/shell_words.h"
#include "data/sample.h"

namespace attune {

int sample_command(Args& args) {
  std::filesystem::path out;
  bool json = false;
  ConfigOf<SampleConfig> config;
  args.example("sample --out shop");
  args.about(
      "Writes a synthetic shop of films: a log of what users watched and how they rated it, a catalogue with titles in "
      "English "
      "and Chinese, genres, descriptions and covers, and a user table. The same seed writes the same files.");
  args.option("--out DIR", out, "the folder to write, made if need be", Args::Need::kRequired);
  args.config(config);
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;

  write_sample(config.value, out);

  const std::string next =
      args.command_line("import " + shell_word(out / "log.csv") + " --items " + shell_word(out / "items.csv") +
                        " --users " + shell_word(out / "users.csv") + " --out " + shell_word(out / "dataset"));
  if (json) {
    print_json(Json::object()
                   .set("out", out.string())
                   .set("users", config.value.users)
                   .set("items", config.value.items)
                   .set("seed", config.value.seed)
                   .set("next", next));
    return 0;
  }
  print("Wrote log.csv, items.csv, users.csv" + std::string(config.value.covers ? " and covers/" : "") + " into " +
        out.string() + ": " + std::to_string(config.value.users) + " users, " + std::to_string(config.value.items) +
        " titles.\n\nNext:\n  " + next + "\n");
  return 0;
}

}  // namespace attune
