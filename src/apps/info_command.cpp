#include <algorithm>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/dates.h"
#include "apps/json_value.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/dataset.h"
#include "models/model.h"

namespace attune {
namespace {

constexpr std::size_t kTitlesShown = 5;
constexpr int kQuantiles[] = {0, 25, 50, 75, 90, 100};

struct EventsPerUser {
  std::vector<std::size_t> sorted;

  explicit EventsPerUser(const Dataset& dataset) {
    const auto offsets = dataset.offsets();
    for (std::size_t u = 0; u < dataset.users(); ++u) sorted.push_back(offsets[u + 1] - offsets[u]);
    std::sort(sorted.begin(), sorted.end());
  }
  // The smallest count that at least `percent` of users do not exceed.
  std::size_t quantile(int percent) const {
    if (sorted.empty()) return 0;
    const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
    return sorted[rank == 0 ? 0 : rank - 1];
  }
};

struct Span {
  Timestamp first{0}, last{0};
};

std::optional<Span> time_span(const Dataset& dataset) {
  const auto times = dataset.all_events().times;
  if (times.empty()) return std::nullopt;
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  return Span{*first, *last};
}

double density(const Manifest& manifest) {
  const double cells = static_cast<double>(manifest.users) * static_cast<double>(manifest.items);
  return cells == 0 ? 0 : static_cast<double>(manifest.interactions) / cells;
}

Json columns_json(const Catalogue& table) {
  Json columns = Json::array();
  for (const Column& column : table.columns()) {
    columns.push(Json::object().set("name", column.name).set("kind", column_kind_name(column.kind)));
  }
  return columns;
}

std::string columns_line(const Catalogue& table) {
  std::string line;
  for (const Column& column : table.columns()) {
    line +=
        (line.empty() ? "" : ", ") + fitted(column.name, 40) + " (" + std::string(column_kind_name(column.kind)) + ")";
  }
  return line;
}

Json dataset_json(const Dataset& dataset) {
  const Manifest& manifest = dataset.manifest();
  Json json = Json::object();
  json.set("kind", "dataset")
      .set("interactions", manifest.interactions)
      .set("users", manifest.users)
      .set("items", manifest.items)
      .set("catalogue", manifest.catalogue_items)
      .set("ratings", manifest.has_ratings)
      .set("times", manifest.has_times)
      .set("density", density(manifest));
  if (const auto span = time_span(dataset)) {
    json.set("first_time", time_text(span->first)).set("last_time", time_text(span->last));
  }
  const EventsPerUser events(dataset);
  Json quantiles = Json::object();
  for (const int percent : kQuantiles) quantiles.set(std::to_string(percent), events.quantile(percent));
  Json sources = Json::array();
  for (const Source& source : manifest.sources) {
    sources.push(Json::object()
                     .set("role", source.role)
                     .set("name", source.name)
                     .set("bytes", source.bytes)
                     .set("xxh128", source.xxh128));
  }
  return json.set("events_per_user", quantiles)
      .set("item_columns", columns_json(dataset.catalogue()))
      .set("user_columns", columns_json(dataset.user_table()))
      .set("sources", sources)
      .set("schema_version", manifest.schema_version)
      .set("fingerprint", manifest.fingerprint);
}

void add_counts(TextTable& table, const Dataset& dataset) {
  const Manifest& manifest = dataset.manifest();
  table.row({"interactions", grouped(manifest.interactions)});
  table.row({"users", grouped(manifest.users)});
  table.row({"items", grouped(manifest.items)});
  table.row({"catalogue", manifest.catalogue_items == 0 ? "none" : grouped(manifest.catalogue_items)});
  table.row({"density", short_number(100 * density(manifest), 3) + " %"});
  const auto span = time_span(dataset);
  table.row({"times", span ? date_text(span->first) + " to " + date_text(span->last) : "none: the order of the log"});
  table.row({"ratings", manifest.has_ratings ? "yes" : "none"});
  const EventsPerUser events(dataset);
  std::string quantiles;
  for (const int percent : kQuantiles) {
    const std::string name = percent == 0     ? "least"
                             : percent == 50  ? "median"
                             : percent == 100 ? "most"
                                              : std::to_string(percent) + " %";
    quantiles += (quantiles.empty() ? "" : ", ") + name + " " + grouped(events.quantile(percent));
  }
  table.row({"events a user", quantiles});
}

void print_dataset(const Dataset& dataset, const std::filesystem::path& path) {
  TextTable table;
  table.column("");
  table.column("");
  add_counts(table, dataset);
  if (!dataset.catalogue().columns().empty()) table.row({"item columns", columns_line(dataset.catalogue())});
  if (!dataset.user_table().columns().empty()) table.row({"user columns", columns_line(dataset.user_table())});
  for (const Source& source : dataset.manifest().sources) {
    table.row({"from", source.role + " " + fitted(source.name, 60) + ", " + grouped(source.bytes) + " bytes"});
  }
  table.row({"fingerprint", dataset.manifest().fingerprint});
  print("Dataset " + path.string() + "\n" + table.text());

  TextTable titles;
  titles.column("item");
  titles.column("title");
  for (std::size_t i = 0; i < dataset.items() && i < kTitlesShown; ++i) {
    titles.row({fitted(dataset.item_ids()[i], 40), fitted(dataset.catalogue().title(i), 60)});
  }
  if (!titles.empty()) print("\nThe first items\n" + titles.text());
}

Json model_json(const Model& model) {
  Json provenance = Json::object();
  for (const auto& [key, value] : model.provenance) provenance.set(key, value);
  return Json::object()
      .set("kind", "model")
      .set("model", model.kind->name)
      .set("items", model.items.size())
      .set("config", Json::parse(config_to_json(*model.config)))
      .set("split", Json::parse(config_to_json(ConfigOf<SplitConfig>(model.split))))
      .set("seed", model.seed)
      .set("provenance", provenance);
}

// Each field of a config as a row.
class FieldRows final : public FieldVisitor {
 public:
  explicit FieldRows(TextTable& table) : table_(table) {}
  void visit(std::string_view name, bool& value, std::string_view) override { add(name, value ? "true" : "false"); }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    add(name, std::to_string(value));
  }
  void visit(std::string_view name, double& value, std::string_view) override { add(name, short_number(value, 10)); }
  void visit(std::string_view name, std::string& value, std::string_view) override { add(name, fitted(value, 60)); }

 private:
  void add(std::string_view name, std::string value) { table_.row({"  " + std::string(name), std::move(value)}); }
  TextTable& table_;
};

void print_model(const Model& model, const std::filesystem::path& path) {
  TextTable table;
  table.column("");
  table.column("");
  table.row({"model", std::string(model.kind->name)});
  table.row({"", std::string(model.kind->summary)});
  table.row({"items", grouped(model.items.size())});
  table.row({"seed", std::to_string(model.seed)});
  FieldRows rows(table);
  table.row({"settings"});
  model.config->each_field(rows);
  table.row({"split"});
  ConfigOf<SplitConfig> split(model.split);
  split.each_field(rows);
  if (model.split.split == "time") {
    table.row({"  validation from", time_text(Timestamp{model.split.valid_from})});
    table.row({"  test from", time_text(Timestamp{model.split.test_from})});
  }
  table.row({"provenance"});
  for (const auto& [key, value] : model.provenance) table.row({"  " + fitted(key, 40), fitted(value, 80)});
  print("Model " + path.string() + "\n" + table.text());
}

}  // namespace

int info_command(Args& args) {
  std::filesystem::path path;
  bool json = false;
  args.example("info shop/dataset");
  args.about("Says what a dataset (a folder) or a model (a file) holds, and where it came from.");
  args.positional("PATH", path, "a dataset written by import or a model written by train");
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;

  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::kBadInput, path.string(),
                ": there is no such file or folder; expected a dataset or a model");
  }
  if (std::filesystem::is_directory(path)) {
    const Dataset dataset = Dataset::open(path);
    json ? print_json(dataset_json(dataset)) : print_dataset(dataset, path);
  } else {
    const Model model = load_model(path);
    json ? print_json(model_json(model)) : print_model(model, path);
  }
  return 0;
}

}  // namespace attune
