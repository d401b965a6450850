#include <filesystem>
#include <optional>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/evaluation_out.h"
#include "apps/export_split.h"
#include "apps/fitting.h"
#include "apps/json_value.h"
#include "apps/model_use.h"
#include "apps/output_paths.h"
#include "apps/per_user_out.h"
#include "apps/process_memory.h"
#include "apps/run_in.h"
#include "apps/text_table.h"
#include "base/error.h"
#include "evaluation/evaluate.h"
#include "evaluation/report.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

struct EvaluateFlags {
  fs::path model, dataset;
  EvaluationConfig config;
  std::optional<fs::path> run, export_split, per_user;
  ExportFormat export_format = ExportFormat::kCsv;
  ConfigOf<SplitConfig> split;  // without a model
  int threads = 0;
  bool slices = false;
  bool json = false;
};

// A ranking from elsewhere and the sets of a split need no model, but a split.
bool without_model(const Args& args) { return args.peek("--run") || args.peek("--export-split"); }

void declare(Args& args, EvaluateFlags& flags) {
  args.example("evaluate shop/model shop/dataset");
  args.example("evaluate shop/dataset --export-split shop/split --split leave-one-out");
  args.example("evaluate shop/dataset --run ranking.csv --split leave-one-out");
  args.about(
      "Measures a model on the part of the dataset that its training held out, with the split that the model file "
      "holds: "
      "the whole catalogue is ranked for each user. With --run it measures a ranking that was made elsewhere, under "
      "the "
      "same protocol; --export-split writes the sets that such a ranking is to be made from.");
  if (!without_model(args)) args.positional("MODEL", flags.model, "a model written by train");
  args.positional("DATASET", flags.dataset, "the dataset that it was trained on");
  args.choice("--part", flags.config.part, {{"valid", Part::kValid}, {"test", Part::kTest}}, "which part is predicted");
  args.choice("--seen", flags.config.seen, {{"exclude", Seen::kExclude}, {"keep", Seen::kKeep}},
              "whether items of a user's history may be recommended again");
  args.option("--per-user FILE", flags.per_user, "write each user's metrics at 10: .csv, .parquet or .npy");
  args.flag("--slices", flags.slices, "show the metrics by activity, popularity and time too");
  args.threads(flags.threads);
  args.flag("--json", flags.json, "print one JSON document");
  args.section("Without a model");
  args.option(
      "--run FILE", flags.run,
      "a ranking made elsewhere, instead of a model's: .parquet or delimited text with the columns user, item and "
      "rank or score, or a TREC run");
  args.option("--export-split DIR", flags.export_split,
              "write the exact sets of the split, instead of a model's metrics");
  args.choice("--export-format", flags.export_format,
              {{"csv", ExportFormat::kCsv}, {"parquet", ExportFormat::kParquet}}, "form of the tables there");
  if (without_model(args)) args.config(flags.split);
}

void report(const EvaluateFlags& flags, const Dataset& dataset, const Evaluation& evaluation, Json document) {
  const double peak_mb = peak_memory_mb();
  if (flags.per_user) write_per_user(*flags.per_user, dataset, evaluation);
  if (flags.json) {
    print_json(document.merge(evaluation_document(evaluation)).set("peak_memory_mb", peak_mb));
    return;
  }
  print(evaluation_text(evaluation));
  if (flags.slices) print("\n" + slices_table(evaluation));
}

void evaluate_model(const EvaluateFlags& flags) {
  const Model model = load_model(flags.model);
  const Dataset dataset = Dataset::open(flags.dataset);
  if (model.split.split == "none") {
    throw Error(ErrorKind::kUsage, flags.model.string(),
                ": the model was trained on everything (--split none), so that nothing is left to measure it on");
  }
  if (!of_same_dataset(model, dataset)) {
    warn(
        "this is not the dataset that the model was trained on: events that it was trained on may be among those that "
        "it is asked for");
  }
  EvaluationConfig config = flags.config;
  config.split = model.split.split;
  const Split split = make_split(dataset, model.split);
  const TrainingEvents events(dataset, split);
  ThreadPool pool(flags.threads);
  const Evaluation evaluation =
      evaluate(*model.recommender, model.items, training_counts(model, events), dataset, split, config, pool);
  report(flags, dataset, evaluation,
         Json::object().set("model", model.kind->name).set("dataset_matches", of_same_dataset(model, dataset)));
}

void evaluate_run(const EvaluateFlags& flags, const Dataset& dataset, const SplitConfig& split_config,
                  const Split& split, const TrainingEvents& events) {
  const auto run = read_run(*flags.run, dataset, events.items());
  EvaluationConfig config = flags.config;
  config.split = split_config.split;
  ThreadPool pool(flags.threads);
  const Evaluation evaluation = evaluate(run->scores(), events.items(), events.counts(), dataset, split, config, pool);
  std::size_t without = 0;
  for (const UserValues& user : evaluation.per_user) without += run->has(user.user) ? 0 : 1;
  if (without > 0) {
    warn(flags.run->string() + " ranks nothing for " + grouped(without) + " of " + grouped(evaluation.per_user.size()) +
         " users; their targets count as missed");
  }
  report(flags, dataset, evaluation,
         Json::object().set("run", flags.run->string()).set("users_without_ranking", without));
}

void evaluate_without_model(const EvaluateFlags& flags) {
  const Dataset dataset = Dataset::open(flags.dataset);
  const SplitConfig split_config = resolve_split(dataset, flags.split.value);
  if (split_config.split == "none") {
    throw Error(ErrorKind::kUsage, "--split none holds nothing out, so that nothing can be measured");
  }
  const Split split = make_split(dataset, split_config);
  const TrainingEvents events = training_events(dataset, split, flags.dataset);
  if (flags.export_split) {
    export_split(*flags.export_split, dataset, split_config, split, events, flags.config.seen, flags.export_format);
    note("wrote " + flags.export_split->string());
  }
  if (flags.run) {
    evaluate_run(flags, dataset, split_config, split, events);
  } else if (flags.json) {
    print_json(Json::object().set("export_split", flags.export_split->string()));
  }
}

}  // namespace

int evaluate_command(Args& args) {
  EvaluateFlags flags;
  declare(args, flags);
  if (!args.parse()) return 0;
  PathsInUse paths;
  if (!flags.model.empty()) paths.read(flags.model);
  paths.read(flags.dataset);
  paths.read(flags.run);
  paths.write("--per-user", flags.per_user);
  paths.write("--export-split", flags.export_split);
  if (flags.per_user) require_per_user_path(*flags.per_user);
  if (flags.run || flags.export_split) {
    evaluate_without_model(flags);
  } else {
    evaluate_model(flags);
  }
  return 0;
}

}  // namespace attune
