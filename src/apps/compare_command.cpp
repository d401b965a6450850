#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include "apps/commands.h"
#include "apps/comparison.h"
#include "apps/comparison_out.h"
#include "apps/console.h"
#include "apps/machine.h"
#include "apps/output_paths.h"
#include "base/error.h"
#include "models/model.h"
#include "storage/atomic_file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

struct CompareFlags {
  fs::path dataset;
  std::string models;
  ConfigOf<SplitConfig> split;
  EvaluationConfig evaluation;
  std::string metric = "ndcg@10";
  std::int64_t resamples = 10'000;
  std::int64_t seed = 1;
  int threads = 0;
  std::optional<fs::path> out_html, out_markdown, keep;
  bool json = false;
};

void declare(Args& args, CompareFlags& flags) {
  args.example("compare shop/dataset --models popularity,similarity --out-html comparison.html");
  args.about(
      "Fits several models to one split and measures them on the same users: quality with intervals, differences with "
      "their significance, seconds and peak memory. Each model is fitted and measured in processes of its own.");
  args.footer("Models: " + model_kind_names() + "\n");
  args.positional("DATASET", flags.dataset, "a dataset written by import");
  args.option("--models A,B=FILE.toml,…", flags.models,
              "which models, with settings from a file after =", Args::Need::kRequired);
  args.choice("--part", flags.evaluation.part, {{"valid", Part::kValid}, {"test", Part::kTest}},
              "which part is predicted");
  args.choice("--seen", flags.evaluation.seen, {{"exclude", Seen::kExclude}, {"keep", Seen::kKeep}},
              "whether items of a user's history may be recommended again");
  args.option("--metric NAME", flags.metric, "what models are ordered and compared by, at 10");
  args.option("--resamples N", flags.resamples, "resamples of the bootstrap");
  args.option("--seed N", flags.seed, "seed of everything that is drawn");
  args.option("--out-html FILE", flags.out_html, "a report with plots, in one file");
  args.option("--out-markdown FILE", flags.out_markdown, "the tables in Markdown");
  args.option("--keep DIR", flags.keep,
              "keep results there, and use again those of the same request; remove it to measure anew");
  args.threads(flags.threads);
  args.flag("--json", flags.json, "print one JSON document");
  args.section("The split");
  args.config(flags.split);
}

std::vector<std::string> models_of(const std::string& list) {
  std::vector<std::string> models;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    models.push_back(list.substr(begin, end - begin));
    begin = end + 1;
    find_model_kind(parse_model_word(models.back()).kind);
    if (std::count(models.begin(), models.end(), models.back()) > 1) {
      throw Error(ErrorKind::kUsage, "--models names '", models.back(), "' twice");
    }
  }
  return models;
}

// Where models lie while they are compared: the folder that is kept, or one that is gone afterwards.
class WorkFolder {
 public:
  explicit WorkFolder(const std::optional<fs::path>& keep) : kept_(keep.has_value()) {
    if (kept_) {
      path_ = *keep;
      std::error_code failure;
      fs::create_directories(path_, failure);
      if (failure) throw Error(ErrorKind::kSystem, "cannot make the folder ", path_.string(), ": ", failure.message());
      return;
    }
    std::string pattern = (fs::temp_directory_path() / "attune-compare-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(ErrorKind::kSystem, "cannot make a folder ", pattern, ": ", std::strerror(errno));
    }
    path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  bool kept_;
  fs::path path_;
};

void write_text(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
  note("wrote " + path.string());
}

void check(const CompareFlags& flags) {
  if (flags.seed < 0) throw Error(ErrorKind::kUsage, "--seed must not be negative, not ", flags.seed);
  if (flags.resamples < 100 || flags.resamples > 10'000'000) {
    throw Error(ErrorKind::kUsage, "--resamples must be from 100 to 10,000,000, not ", flags.resamples);
  }
  if (flags.split.value.split == "none") {
    throw Error(ErrorKind::kUsage, "--split none holds nothing out, so that there is nothing to compare on");
  }
  metric_field(flags.metric);
}

}  // namespace

int compare_command(Args& args) {
  CompareFlags flags;
  declare(args, flags);
  if (!args.parse()) return 0;
  check(flags);
  ComparisonRequest request;
  request.models = models_of(flags.models);
  PathsInUse paths;
  paths.read(flags.dataset);
  paths.write("--out-html", flags.out_html);
  paths.write("--out-markdown", flags.out_markdown);
  paths.write("--keep", flags.keep);

  const Dataset dataset = Dataset::open(flags.dataset);
  const WorkFolder work(flags.keep);
  request.dataset_path = flags.dataset;
  request.split = resolve_split(dataset, flags.split.value);
  request.evaluation = flags.evaluation;
  request.metric = flags.metric;
  request.bootstrap = {static_cast<std::size_t>(flags.resamples), static_cast<std::uint64_t>(flags.seed)};
  request.seed = static_cast<std::uint64_t>(flags.seed);
  request.threads = flags.threads;
  request.work = work.path();
  ThreadPool pool(flags.threads);
  const Comparison comparison = compare(request, dataset, pool);

  const fs::path folder = fs::weakly_canonical(flags.dataset);
  const ComparisonTitle title{folder.filename().string(), machine_text(flags.threads), today()};
  if (flags.out_html) write_text(*flags.out_html, comparison_html(comparison, request, title));
  if (flags.out_markdown) write_text(*flags.out_markdown, comparison_markdown(comparison, request, title));
  if (flags.json) {
    print_json(comparison_json(comparison, request, title));
  } else {
    print(comparison_text(comparison, request));
  }
  return 0;
}

}  // namespace attune
