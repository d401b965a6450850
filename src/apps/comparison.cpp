#include "apps/comparison.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "apps/child_process.h"
#include "apps/console.h"
#include "apps/text_table.h"
#include "apps/version.h"
#include "base/error.h"
#include "base/fields.h"
#include "evaluation/report.h"
#include "models/model.h"
#include "storage/atomic_file.h"
#include "storage/hash.h"
#include "storage/mapped_file.h"
#include "storage/npy.h"

namespace attune {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string text_of(const fs::path& path) {
  const MappedFile file = MappedFile::open(path);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// The settings of a split as flags.
class SplitFlags final : public FieldVisitor {
 public:
  void visit(std::string_view name, bool& value, std::string_view) override { add(name, value ? "true" : "false"); }
  void visit(std::string_view name, std::int64_t& value, std::string_view) override {
    add(name, std::to_string(value));
  }
  void visit(std::string_view name, double& value, std::string_view) override { add(name, json(value).dump()); }
  void visit(std::string_view name, std::string& value, std::string_view) override { add(name, value); }

  std::vector<std::string> words;

 private:
  void add(std::string_view name, const std::string& value) {
    std::string flag = "--" + std::string(name);
    std::ranges::replace(flag, '_', '-');
    words.push_back(flag + "=" + value);
  }
};

// One model's fit and evaluation, in files of the work folder.
class ModelRun {
 public:
  ModelRun(const ComparisonRequest& request, const Dataset& dataset, const std::string& word)
      : request_(request), word_(word), parsed_(parse_model_word(word)) {
    const std::string settings = parsed_.config.empty() ? "" : text_of(parsed_.config);
    ConfigOf<SplitConfig> split(request.split);
    key_ = json{{"version", kVersion},
                {"dataset", dataset.manifest().fingerprint},
                {"model", word},
                {"settings", settings},
                {"split", json::parse(config_to_json(split))},
                {"part", request.evaluation.part == Part::kValid ? "valid" : "test"},
                {"seen", request.evaluation.seen == Seen::kExclude ? "exclude" : "keep"},
                {"seed", request.seed}};
    const std::string name = key_.dump();
    stem_ = parsed_.kind + "-" + hash_hex(std::as_bytes(std::span(name))).substr(0, 12);
    split.each_field(split_flags_);
  }

  ComparedModel result() {
    const fs::path kept = file(".json");
    json document;
    if (fs::exists(kept)) {
      document = json::parse(text_of(kept), nullptr, false);
      if (document.is_object() && document.value("request", json()) == key_) {
        note(word_ + ": measured before, in " + kept.string());
      } else {
        document = json();
      }
    }
    if (document.is_null()) document = run();
    return read(document);
  }

 private:
  fs::path file(const char* extension) const { return request_.work / (stem_ + extension); }

  json run() {
    const Stopwatch watch;
    json document = {{"request", key_}};
    document["train"] = child(train_words());
    document["evaluation"] = child(evaluate_words());
    std::error_code ignored;
    fs::remove(file(".model"), ignored);
    AtomicFile out(file(".json"));
    const std::string text = document.dump();
    out.write(text);
    out.commit();
    note(word_ + ": fitted in " + seconds_text(document["train"]["seconds"].get<double>()) + ", measured in " +
         seconds_text(document["evaluation"]["seconds"].get<double>()) + " (" + seconds_text(watch.seconds()) +
         " in all)");
    return document;
  }

  std::vector<std::string> train_words() const {
    std::vector<std::string> words = {"train", request_.dataset_path.string(), "--model", parsed_.kind,
                                      "--out", file(".model").string()};
    if (!parsed_.config.empty()) words.insert(words.end(), {"--config", parsed_.config.string()});
    words.insert(words.end(), split_flags_.words.begin(), split_flags_.words.end());
    words.insert(words.end(), {"--seed", std::to_string(request_.seed), "--threads", std::to_string(request_.threads),
                               "--no-measure", "--json", "--quiet"});
    return words;
  }

  std::vector<std::string> evaluate_words() const {
    return {"evaluate",
            file(".model").string(),
            request_.dataset_path.string(),
            "--part",
            request_.evaluation.part == Part::kValid ? "valid" : "test",
            "--seen",
            request_.evaluation.seen == Seen::kExclude ? "exclude" : "keep",
            "--threads",
            std::to_string(request_.threads),
            "--per-user",
            file(".npy").string(),
            "--json",
            "--quiet"};
  }

  json child(const std::vector<std::string>& words) const {
    const ChildRun ran = run_self(words, request_.work);
    if (ran.status != 0) {
      throw Error(ran.status == 2 ? ErrorKind::kUsage : ErrorKind::kBadInput, word_, ": `attune ", words.front(),
                  "` failed (exit status ", ran.status, "). ", ran.err.substr(0, ran.err.find_last_not_of('\n') + 1));
    }
    return json::parse(ran.out);
  }

  ComparedModel read(const json& document) const {
    try {
      const json& train = document.at("train");
      const json& evaluation = document.at("evaluation");
      ComparedModel model;
      model.name = word_;
      model.config = train.at("config").dump();
      model.train_seconds = train.at("seconds").get<double>();
      model.train_peak_mb = train.at("peak_memory_mb").get<double>();
      model.score_seconds = evaluation.at("seconds").get<double>();
      model.score_peak_mb = evaluation.at("peak_memory_mb").get<double>();
      for (const json& asked : train.value("validations", json::array())) {
        model.validations.emplace_back(asked.at("seconds").get<double>(), asked.at("ndcg@10").get<double>());
      }
      model.evaluation = evaluation_from_json(evaluation.dump(), word_);
      model.evaluation.per_user = per_user();
      return model;
    } catch (const json::exception& error) {
      throw Error(ErrorKind::kCorrupt, file(".json").string(), ": is not a result of compare: ", error.what(),
                  ". Remove it.");
    }
  }

  std::vector<UserValues> per_user() const {
    const NpyArray array = NpyArray::open(file(".npy"));
    if (array.columns() != kMetricFields.size() || array.dtype() != DType::kF64) {
      throw Error(ErrorKind::kCorrupt, file(".npy").string(), ": is not a result of compare. Remove it.");
    }
    std::vector<UserValues> values(array.rows());
    for (std::size_t u = 0; u < values.size(); ++u) array.read_row(u, std::span<double>(values[u].at_10));
    return values;
  }

  const ComparisonRequest& request_;
  std::string word_;
  ModelWord parsed_;
  SplitFlags split_flags_;
  json key_;
  std::string stem_;
};

void order_by(std::size_t field, std::vector<ComparedModel>& models) {
  const std::string key = metric_key(kMetricFields[field].name, kCutoffs[kAt10]);
  const auto value = [&](const ComparedModel& model) {
    const auto found = model.evaluation.metrics.find(key);
    return found == model.evaluation.metrics.end() ? 0.0 : found->second;
  };
  std::stable_sort(models.begin(), models.end(), [&](const auto& a, const auto& b) { return value(a) > value(b); });
}

Significance significance_of(const std::vector<ComparedModel>& models, std::size_t field, const BootstrapConfig& config,
                             ThreadPool& pool) {
  const std::size_t users = models.front().evaluation.per_user.size();
  std::vector<double> values(users * models.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto& per_user = models[m].evaluation.per_user;
    if (per_user.size() != users) {
      throw Error(ErrorKind::kCorrupt, models[m].name, " was measured on ", per_user.size(), " users and ",
                  models.front().name, " on ", users, ". Remove the results that were kept and compare again.");
    }
    for (std::size_t u = 0; u < users; ++u) values[u * models.size() + m] = per_user[u].at_10[field];
  }
  return paired_bootstrap({values.data(), users, models.size()}, config, pool);
}

}  // namespace

ModelWord parse_model_word(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return {word, {}};
  if (equals + 1 == word.size()) {
    throw Error(ErrorKind::kUsage, "'", word, "' names no file after =; expected MODEL or MODEL=FILE.toml");
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

std::size_t metric_field(const std::string& key) {
  std::string known;
  for (std::size_t f = 0; f < kMetricFields.size(); ++f) {
    const std::string name = metric_key(kMetricFields[f].name, kCutoffs[kAt10]);
    if (name == key) return f;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw Error(ErrorKind::kUsage, "--metric is one of ", known, "; '", key, "' is not among them");
}

Comparison compare(const ComparisonRequest& request, const Dataset& dataset, ThreadPool& pool) {
  Comparison comparison;
  for (const std::string& word : request.models) {
    comparison.models.push_back(ModelRun(request, dataset, word).result());
  }
  const std::size_t field = metric_field(request.metric);
  order_by(field, comparison.models);
  comparison.significance = significance_of(comparison.models, field, request.bootstrap, pool);
  return comparison;
}

}  // namespace attune
