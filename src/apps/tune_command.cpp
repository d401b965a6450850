#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/commands.h"
#include "apps/comparison.h"
#include "apps/console.h"
#include "apps/json_value.h"
#include "apps/output_paths.h"
#include "apps/shell_words.h"
#include "apps/svg_chart.h"
#include "apps/text_table.h"
#include "apps/tuning.h"
#include "base/error.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

struct TuneFlags {
  fs::path dataset;
  std::string model;
  ConfigOf<SplitConfig> split;
  Search search = Search::kHalving;
  std::int64_t trials = 27;
  std::string metric = "ndcg@10";
  std::int64_t seed = 1;
  std::optional<fs::path> study, out, plot;
  int threads = 0;
  bool json = false;
};

// Declares all flags; which there are depends on the model that --model names.
std::unique_ptr<Config> declare(Args& args, TuneFlags& flags) {
  args.example("tune shop/dataset --model similarity --study shop/study.db --out similarity.toml --plot tuning.svg");
  args.about(
      "Searches the settings of a model by what they reach on the validation part; the test part is never looked at. "
      "The "
      "first trial has the defaults. With --study a search that was stopped goes on where it was.");
  args.positional("DATASET", flags.dataset, "a dataset written by import");
  args.option("--model NAME", flags.model, "which model's settings", Args::Need::kRequired);
  args.choice(
      "--search", flags.search, {{"random", Search::kRandom}, {"halving", Search::kHalving}},
      "settings at random on all users, or on a ninth of the users, the best third of them on a third, and so on");
  args.option("--trials N", flags.trials, "settings to try");
  args.option("--metric NAME", flags.metric, "what is to be largest, at 10");
  args.option("--seed N", flags.seed, "seed of everything that is drawn");
  args.option("--study FILE", flags.study, "keep the trials in this SQLite file, and go on with those that it holds");
  args.option("--out FILE.toml", flags.out, "the best settings, for `train --config`");
  args.option("--plot FILE.svg", flags.plot, "how the search went");
  args.threads(flags.threads);
  args.flag("--json", flags.json, "print one JSON document");
  args.section("The split");
  args.config(flags.split);
  const auto name = args.peek("--model");
  if (!name) {
    std::string models;
    for (const std::string& line : wrapped("Models: " + model_kind_names() + ".", 100)) models += line + "\n";
    args.footer(models + "Their settings: add --model NAME to --help.\n");
    return nullptr;
  }
  std::unique_ptr<Config> config = find_model_kind(*name).default_config();
  args.section("Settings of " + *name + ": those that are given are not searched");
  args.config(*config);
  return config;
}

// The ranges of fields that no flag fixes; a single trial, which has the settings given, needs none.
std::vector<SearchRange> searched(const Args& args, const ModelKind& kind, std::int64_t trials) {
  std::vector<SearchRange> ranges = kind.search_ranges();
  std::erase_if(ranges, [&](const SearchRange& range) {
    std::string flag = "--" + range.field;
    std::ranges::replace(flag, '_', '-');
    return args.given(flag);
  });
  if (ranges.empty() && trials > 1) {
    throw Error(ErrorKind::kUsage, "there is nothing to search: model '", kind.name,
                "' has no setting that is worth it", kind.search_ranges().empty() ? "" : " beside those that are given",
                ". With --trials 1 the settings given are measured.");
  }
  return ranges;
}

std::string score_text(const Study::Trial& trial) { return trial.score ? decimal_number(*trial.score, 5) : "refused"; }

std::unique_ptr<Config> config_of(const ModelKind& kind, const Study::Trial& trial) {
  std::unique_ptr<Config> config = kind.default_config();
  config_from_json(*config, trial.config);
  return config;
}

std::string table_of(const TuningRequest& request, const Tuning& tuning) {
  constexpr std::size_t kShown = 10;
  TextTable table;
  for (const char* title : {"trial", "score", "s"}) table.column(title, TextTable::Align::kRight);
  for (const SearchRange& range : request.ranges) table.column(range.field, TextTable::Align::kRight);
  for (std::size_t t = 0; t < tuning.trials.size(); ++t) {
    const Study::Trial& trial = tuning.trials[t];
    if (t >= kShown && trial.number != 0) continue;
    std::vector<std::string> row = {trial.number == 0 ? "defaults" : std::to_string(trial.number), score_text(trial),
                                    decimal_number(trial.seconds, 2)};
    const std::unique_ptr<Config> config = config_of(*request.kind, trial);
    for (const SearchRange& range : request.ranges) row.push_back(field_text(*config, range.field));
    table.row(std::move(row));
  }
  return table.text();
}

std::string plot_of(const TuningRequest& request, const Tuning& tuning) {
  XyChart chart;
  chart.title = "Search over the settings of " + std::string(request.kind->name);
  chart.x_title = "seconds of trials";
  chart.y_title = request.metric + ", validation part";
  const std::size_t rungs = request.search == Search::kHalving ? kHalvingRungs : 1;
  for (std::size_t rung = 0; rung < rungs; ++rung) {
    const std::string name =
        rung + 1 == rungs
            ? "all users"
            : "1/" + decimal_number(std::pow(kHalvingFactor, kHalvingRungs - 1 - rung), 0) + " of the users";
    chart.series.push_back({name, {}, XyChart::Marks::kPoints});
  }
  XyChart::Series best{"best so far", {}, XyChart::Marks::kLine};
  double seconds = 0, highest = 0;
  for (const Study::Trial& trial : tuning.all) {
    seconds += trial.seconds;
    if (!trial.score) continue;
    chart.series[trial.rung].points.emplace_back(seconds, *trial.score);
    if (trial.rung + 1 != rungs) continue;
    highest = std::max(highest, *trial.score);
    best.points.emplace_back(seconds, highest);
  }
  chart.series.push_back(std::move(best));
  return svg_file(svg(chart));
}

Json trial_json(const Study::Trial& trial) {
  Json json = Json::object();
  json.set("trial", trial.number).set("rung", trial.rung).set("config", Json::parse(trial.config));
  json.set("score", trial.score ? Json(*trial.score) : Json::null()).set("seconds", trial.seconds);
  return trial.failure.empty() ? json : json.set("failure", trial.failure);
}

Json document_of(const TuningRequest& request, const Tuning& tuning) {
  Json trials = Json::array();
  for (const Study::Trial& trial : tuning.all) trials.push(trial_json(trial));
  return Json::object()
      .set("model", request.kind->name)
      .set("metric", request.metric)
      .set("seed", request.seed)
      .set("reused", tuning.reused)
      .set("best", trial_json(tuning.trials.front()))
      .set("trials", trials);
}

void write_text(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
  note("wrote " + path.string());
}

void check(const TuneFlags& flags) {
  if (flags.seed < 0) throw Error(ErrorKind::kUsage, "--seed must not be negative, not ", flags.seed);
  if (flags.trials < 1 || flags.trials > 100'000) {
    throw Error(ErrorKind::kUsage, "--trials must be from 1 to 100,000, not ", flags.trials);
  }
  if (flags.split.value.split == "none") {
    throw Error(ErrorKind::kUsage, "--split none has no validation part, on which settings are compared");
  }
  metric_field(flags.metric);
}

void report(const TuneFlags& flags, const TuningRequest& request, const Tuning& tuning, const Args& args) {
  const Study::Trial& best = tuning.trials.front();
  if (flags.out) {
    const std::string what = request.metric + " " + score_text(best) + " on the validation part (split " +
                             request.split.split + "), trial " + std::to_string(best.number) + " of " +
                             std::to_string(request.trials) + ", seed " + std::to_string(request.seed);
    write_text(*flags.out,
               config_to_toml(*config_of(*request.kind, best),
                              {"Settings of " + std::string(request.kind->name) + ", by `attune tune`.", what}));
  }
  if (flags.plot) write_text(*flags.plot, plot_of(request, tuning));
  if (flags.json) {
    print_json(document_of(request, tuning));
    return;
  }
  print("Best on the validation part, by " + request.metric + ":\n" + table_of(request, tuning));
  if (!flags.out) return;
  print("\nNext:\n  " +
        args.command_line("train " + shell_word(flags.dataset) + " --model " + flags.model + " --config " +
                          shell_word(*flags.out) + args.given_words(flags.split) + " --out MODEL") +
        "\n");
}

}  // namespace

int tune_command(Args& args) {
  TuneFlags flags;
  const std::unique_ptr<Config> base = declare(args, flags);
  if (!args.parse()) return 0;
  check(flags);
  PathsInUse paths;
  paths.read(flags.dataset);
  paths.write("--study", flags.study);
  paths.write("--out", flags.out);
  paths.write("--plot", flags.plot);

  const Dataset dataset = Dataset::open(flags.dataset);
  TuningRequest request;
  request.kind = &find_model_kind(flags.model);
  request.base = base.get();
  request.ranges = searched(args, *request.kind, flags.trials);
  request.split = resolve_split(dataset, flags.split.value);
  request.search = flags.search;
  request.trials = static_cast<std::size_t>(flags.trials);
  request.metric = flags.metric;
  request.seed = static_cast<std::uint64_t>(flags.seed);
  request.study = flags.study;
  ThreadPool pool(flags.threads);
  std::unique_ptr<Progress> progress;
  const Tuning tuning = tune(request, dataset, pool, [&](std::size_t done, std::size_t total) {
    if (!progress) progress = std::make_unique<Progress>("trials", total);
    progress->advance_to(done);
  });
  progress.reset();
  if (tuning.reused > 0) note(grouped(tuning.reused) + " trials were in the study already");
  report(flags, request, tuning, args);
  return 0;
}

}  // namespace attune
