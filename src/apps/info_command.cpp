#include "apps/commands.h"
#include "apps/console.h"
#include "apps/dataset_info.h"
#include "apps/dates.h"
#include "apps/health_page.h"
#include "apps/json_value.h"
#include "apps/output_paths.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "data/dataset.h"
#include "models/model.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

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

// The name to call a folder by: that of "shop/dataset/" is "dataset".
std::string name_of(const std::filesystem::path& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

void report_on_dataset(const std::filesystem::path& path, const std::optional<std::filesystem::path>& page, bool json) {
  PathsInUse paths;
  paths.read(path);
  paths.write("--html", page);
  const Dataset dataset = Dataset::open(path);
  const Health health = examine(dataset);
  const std::vector<Finding> findings = health_findings(dataset, health);
  if (page) {
    AtomicFile file(*page);
    file.write(health_page(dataset, health, findings, name_of(path)));
    file.commit();
  }
  json ? print_json(dataset_json(dataset, health, findings)) : print_dataset(dataset, health, findings, path);
}

}  // namespace

int info_command(Args& args) {
  std::filesystem::path path;
  std::optional<std::filesystem::path> page;
  bool json = false;
  args.example("info shop/dataset");
  args.example("info shop/dataset --html shop/health.html");
  args.about(
      "Says what a dataset (a folder) or a model (a file) holds, and where it came from. Of a dataset also how healthy "
      "it "
      "is: duplicates, ties in time, bursts, what the catalogue lacks, which leaks to fear.");
  args.positional("PATH", path, "a dataset written by import or a model written by train");
  args.option("--html FILE", page, "write the report on a dataset as a page with plots");
  args.flag("--json", json, "print one JSON document");
  if (!args.parse()) return 0;

  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::kBadInput, path.string(),
                ": there is no such file or folder; expected a dataset or a model");
  }
  if (std::filesystem::is_directory(path)) {
    report_on_dataset(path, page, json);
    return 0;
  }
  if (page) throw Error(ErrorKind::kUsage, "--html is for datasets; ", path.string(), " is a file");
  const Model model = load_model(path);
  json ? print_json(model_json(model)) : print_model(model, path);
  return 0;
}

}  // namespace attune
