#include "apps/export_split.h"

#include <string>

#include "apps/json_value.h"
#include "apps/table_out.h"
#include "base/fields.h"
#include "evaluation/ranking_case.h"
#include "models/model.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSplitFile = "split.json";

class SplitExport {
 public:
  SplitExport(fs::path folder, const Dataset& dataset, const Split& split, ExportFormat format)
      : folder_(std::move(folder)), dataset_(dataset), split_(split), format_(format) {}

  void write_train() const {
    const auto out = events_table("train");
    for (std::size_t u = 0; u < dataset_.users(); ++u) {
      const auto user = static_cast<UserIndex>(u);
      add_events(*out, user, dataset_.history(user).slice(0, split_.users[u].train_end));
    }
    out->commit();
  }

  // What is known of those who are asked, and what they are asked for.
  void write_part(Part part, Seen seen, const ItemTranslation& translation) const {
    const std::string name = part == Part::kValid ? "valid" : "test";
    const auto history = events_table(name + "_history");
    const auto targets = table(name + "_targets", {{"user", CellType::kText}, {"item", CellType::kText}});
    for (const UserIndex user : users_of_part(dataset_, split_, part)) {
      const RankingCase asked = ranking_case(dataset_, split_, user, part, seen, translation);
      if (asked.targets.empty()) continue;
      add_events(*history, user, part_of_history(dataset_, split_, user, part).before);
      for (const Target& target : asked.targets) {
        targets->add(dataset_.user_ids()[to_size(user)]);
        targets->add(dataset_.item_ids()[to_size(target.row)]);
      }
    }
    history->commit();
    targets->commit();
  }

  // In the order in which ties are broken.
  void write_items(const TrainingEvents& events) const {
    const auto out = table("items", {{"item", CellType::kText}, {"training_events", CellType::kInteger}});
    for (std::size_t i = 0; i < events.items().size(); ++i) {
      out->add(events.items().ids[i]);
      out->add(static_cast<std::int64_t>(events.counts()[i]));
    }
    out->commit();
  }

 private:
  std::unique_ptr<TableOut> table(const std::string& name, std::vector<OutColumn> columns) const {
    if (format_ == ExportFormat::kCsv) return csv_out(folder_ / (name + ".csv"), std::move(columns), HeaderLine::kYes);
    return parquet_out(folder_ / (name + ".parquet"), std::move(columns));
  }

  std::unique_ptr<TableOut> events_table(const std::string& name) const {
    std::vector<OutColumn> columns = {{"user", CellType::kText}, {"item", CellType::kText}};
    if (dataset_.has_ratings()) columns.push_back({"rating", CellType::kFloat});
    if (dataset_.has_times()) columns.push_back({"timestamp", CellType::kInteger});
    return table(name, std::move(columns));
  }

  void add_events(TableOut& out, UserIndex user, const LoggedHistory& events) const {
    for (std::size_t i = 0; i < events.size(); ++i) {
      out.add(dataset_.user_ids()[to_size(user)]);
      out.add(dataset_.item_ids()[to_size(events.items[i])]);
      if (dataset_.has_ratings()) out.add(events.ratings[i]);
      if (dataset_.has_times()) out.add(static_cast<std::int64_t>(events.times[i]));
    }
  }

  fs::path folder_;
  const Dataset& dataset_;
  const Split& split_;
  ExportFormat format_;
};

}  // namespace

void export_split(const fs::path& folder, const Dataset& dataset, const SplitConfig& config, const Split& split,
                  const TrainingEvents& events, Seen seen, ExportFormat format) {
  AtomicFolder target(folder, kSplitFile);
  const SplitExport sets(target.path(), dataset, split, format);
  const ItemTranslation translation(dataset, events.items());
  sets.write_train();
  sets.write_part(Part::kValid, seen, translation);
  sets.write_part(Part::kTest, seen, translation);
  sets.write_items(events);
  const Json document = Json::object()
                            .set("dataset_fingerprint", dataset.manifest().fingerprint)
                            .set("split", Json::parse(config_to_json(ConfigOf<SplitConfig>(config))))
                            .set("seen", seen == Seen::kExclude ? "exclude" : "keep")
                            .set("training_events", events.events())
                            .set("catalogue", events.items().size());
  AtomicFile file(target.path() / kSplitFile);
  file.write(document.text() + "\n");
  file.commit();
  target.commit();
}

}  // namespace attune
