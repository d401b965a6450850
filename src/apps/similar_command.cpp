#include "apps/commands.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/model_use.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "retrieval/retrieve.h"

namespace attune {
namespace {

Json item_json(const Model& model, const Scored& scored) {
  return Json::object()
      .set("item", model.items.id(scored.item))
      .set("score", scored.score)
      .set("title", model.items.title(scored.item));
}

void print_table(const Model& model, ItemIndex item, const std::vector<Scored>& nearest) {
  TextTable table;
  table.column("", TextTable::Align::kRight);
  table.column("item");
  table.column("title");
  table.column("score", TextTable::Align::kRight);
  const int decimals = nearest.empty() ? 0 : decimals_for(nearest[0].score);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    table.row({std::to_string(i + 1), fitted(model.items.id(nearest[i].item), 40),
               fitted(model.items.title(nearest[i].item), 60), decimal_number(nearest[i].score, decimals)});
  }
  const std::string title = fitted(model.items.title(item), 60);
  print("Nearest to " + fitted(model.items.id(item), 40) + (title.empty() ? "" : ", " + title) + "\n");
  print(nearest.empty() ? "  Nothing: the model knows no item that is like it.\n" : table.text());
}

}  // namespace

int similar_command(Args& args) {
  std::filesystem::path model_path;
  std::string id;
  std::int64_t k = 10;
  bool json = false;
  args.example("similar shop/model --item f0001");
  args.about("Finds the items that a model holds to be nearest to an item.");
  args.positional("MODEL", model_path, "a model written by train");
  args.option("--item ID", id, "the item, as the log spells it", Args::Need::kRequired);
  args.option("--k N", k, "how many");
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;
  if (k < 1) throw Error(ErrorKind::kUsage, "--k must be at least 1, not ", k);

  const Model model = load_model(model_path);
  const ItemIndex item = find_item(model, id);
  const std::vector<Scored> nearest = nearest_items(*model.recommender, item, static_cast<std::size_t>(k));
  if (!json) {
    print_table(model, item, nearest);
    return 0;
  }
  Json items = Json::array();
  for (const Scored& scored : nearest) items.push(item_json(model, scored));
  print_json(Json::object().set("item", id).set("title", model.items.title(item)).set("items", items));
  return 0;
}

}  // namespace attune
