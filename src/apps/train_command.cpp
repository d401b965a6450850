#include "apps/commands.h"
#include "apps/console.h"
#include "apps/evaluation_out.h"
#include "apps/fitting.h"
#include "apps/json_value.h"
#include "apps/model_use.h"
#include "apps/output_paths.h"
#include "apps/shell_words.h"
#include "apps/text_table.h"
#include "apps/training_watch.h"
#include "base/error.h"
#include "evaluation/evaluate.h"

namespace attune {
namespace {

struct TrainFlags {
  std::filesystem::path dataset;
  std::filesystem::path out;
  std::string model;
  ConfigOf<SplitConfig> split;
  std::int64_t seed = 1;
  int threads = 0;
  bool measure = true;
  bool json = false;
};

std::string list_of_models() {
  TextTable table;
  table.column("");
  table.column("");
  for (const ModelKind& kind : model_kinds()) table.row({std::string(kind.name), std::string(kind.summary)});
  return "Models\n" + table.text() + "\nTheir settings: add --model NAME to --help.\n";
}

// Declares all flags; which there are depends on the model that --model names.
std::unique_ptr<Config> declare(Args& args, TrainFlags& flags, TrainingWatch& watch) {
  args.example("train shop/dataset --model similarity --out shop/model");
  args.about(
      "Fits a model to the training part of a dataset, writes it to a file and measures it on the validation part. The "
      "file "
      "holds items, weights, settings and the split, and no user.");
  args.positional("DATASET", flags.dataset, "a dataset written by import");
  args.option("--model NAME", flags.model, "which model to fit", Args::Need::kRequired);
  args.option("--out MODEL", flags.out, "the file to write", Args::Need::kRequired);
  args.option("--seed N", flags.seed, "seed of everything that is drawn");
  args.config_file();
  args.threads(flags.threads);
  args.flag("--measure", flags.measure, "measure the fitted model on the validation part");
  args.flag("--json", flags.json, "print one JSON document");
  args.section("The split");
  args.config(flags.split);
  const auto name = args.peek("--model");
  if (!name) {
    args.footer(list_of_models());
    return nullptr;
  }
  const ModelKind& kind = find_model_kind(*name);
  if (kind.trains) watch.declare(args);
  std::unique_ptr<Config> config = kind.default_config();
  args.section("Settings of " + *name);
  args.config(*config);
  return config;
}

Json summary_json(const TrainFlags& flags, const Fitted& fitted, const TrainingEvents& events) {
  const Model& model = fitted.model;
  Json validations = Json::array();
  for (const auto& [seconds, ndcg] : fitted.validations) {
    validations.push(Json::object().set("seconds", seconds).set("ndcg@10", ndcg));
  }
  return Json::object()
      .set("model", model.kind->name)
      .set("out", flags.out.string())
      .set("items", model.items.size())
      .set("training_events", events.events())
      .set("config", Json::parse(config_to_json(*model.config)))
      .set("seed", model.seed)
      .set("seconds", fitted.seconds)
      .set("peak_memory_mb", fitted.peak_mb)
      .set("validations", validations);
}

}  // namespace

int train_command(Args& args) {
  TrainFlags flags;
  TrainingWatch watch;
  std::unique_ptr<Config> config = declare(args, flags, watch);
  if (!args.parse()) return 0;
  if (flags.seed < 0) throw Error(ErrorKind::kUsage, "--seed must not be negative, not ", flags.seed);
  PathsInUse paths;
  paths.read(flags.dataset);
  paths.write("--out", flags.out);

  const Dataset dataset = Dataset::open(flags.dataset);
  const SplitConfig split_config = resolve_split(dataset, flags.split.value);
  const Split split = make_split(dataset, split_config);
  const TrainingEvents events = training_events(dataset, split, flags.dataset);
  ThreadPool pool(flags.threads);
  const ModelKind& kind = find_model_kind(flags.model);
  if (kind.trains) watch.begin(flags.out, paths);
  const Fitted fitted = fit_model(kind, std::move(config), static_cast<std::uint64_t>(flags.seed), dataset,
                                  split_config, events, pool, [&](FitContext& context) {
                                    if (kind.trains) watch.prepare(context);
                                  });
  const Model& model = fitted.model;
  const double seconds = fitted.seconds;
  save_model(model, flags.out);
  if (kind.trains) watch.end();
  note("fitted " + flags.model + " to " + grouped(events.events()) + " events of " + grouped(model.items.size()) +
       " items in " + seconds_text(seconds) + "; wrote " + flags.out.string());

  Json summary = summary_json(flags, fitted, events);
  std::string table = "Nothing is held out by --split none: there are no metrics.\n";
  if (model.split.split == "none") {
    summary.set("protocol", unmeasured_protocol(model, events)).set("metrics", Json::object());
  } else if (!flags.measure) {
    table = "";
  } else {
    const Evaluation evaluation = evaluate(*model.recommender, model.items, events.counts(), dataset, split,
                                           {Part::kValid, Seen::kExclude, model.split.split}, pool);
    summary.merge(evaluation_document(evaluation))
        .set("seconds", seconds)
        .set("evaluation_seconds", evaluation.seconds);
    table = evaluation_text(evaluation);
  }
  if (flags.json) {
    print_json(summary);
    return 0;
  }
  const std::string model_word = shell_word(flags.out), dataset_word = shell_word(flags.dataset);
  print(table + (table.empty() ? "" : "\n") + "Next:\n");
  if (model.split.split != "none")
    print("  " + args.command_line("evaluate " + model_word + " " + dataset_word) + "\n");
  const std::string user = dataset.users() == 0 ? "ID" : shell_word(std::string(dataset.user_ids()[0]));
  const std::string when = model.recommender->asks_when() ? " --when now" : "";
  print("  " + args.command_line("recommend " + model_word + " " + dataset_word + " --user " + user + when) + "\n");
  return 0;
}

}  // namespace attune
