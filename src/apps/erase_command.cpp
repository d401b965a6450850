#include "apps/commands.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/erase.h"

namespace attune {

int erase_command(Args& args) {
  std::filesystem::path dataset;
  std::vector<std::string> users;
  bool json = false;
  args.example("erase shop/dataset --user u0001");
  args.about(
      "Removes users from a dataset: their events, identifiers and rows of the user table. The dataset is replaced as "
      "a "
      "whole, and no byte of them is left in it. Models hold no users, so none has to be fitted again for that; the "
      "log "
      "that was imported and copies of the dataset are yours to clean.");
  args.positional("DATASET", dataset, "a dataset written by import");
  args.option("--user ID", users, "whom to remove; several times for several", Args::Need::kRequired);
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;

  const EraseReport report = erase_users(dataset, users);
  if (json) {
    print_json(Json::object()
                   .set("users_erased", report.users)
                   .set("events_erased", report.events)
                   .set("items_erased", report.items)
                   .set("interactions", report.manifest.interactions)
                   .set("users", report.manifest.users)
                   .set("items", report.manifest.items)
                   .set("fingerprint", report.manifest.fingerprint));
    return 0;
  }
  std::string text = "Erased " + grouped(report.users) + (report.users == 1 ? " user" : " users") + " with " +
                     grouped(report.events) + (report.events == 1 ? " event" : " events");
  if (report.items > 0) {
    text += ", and " + grouped(report.items) + (report.items == 1 ? " item" : " items") +
            " that nobody else had met and no catalogue describes";
  }
  print(text + ". Left are " + grouped(report.manifest.interactions) + " events of " + grouped(report.manifest.users) +
        " users.\n");
  return 0;
}

}  // namespace attune
