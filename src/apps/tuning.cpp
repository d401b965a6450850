#include "apps/tuning.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "apps/console.h"
#include "apps/version.h"
#include "base/check.h"
#include "base/error.h"
#include "base/rng.h"
#include "evaluation/evaluate.h"

namespace attune {
namespace {

std::string search_name(Search search) { return search == Search::kRandom ? "random" : "halving"; }

std::string ranges_text(const std::vector<SearchRange>& ranges) {
  std::string text;
  for (const SearchRange& range : ranges) text += (text.empty() ? "" : " ") + range.field;
  return text;
}

std::map<std::string, std::string> description(const TuningRequest& request, const Dataset& dataset) {
  return {{"attune", std::string(kVersion)},
          {"dataset", dataset.manifest().fingerprint},
          {"model", std::string(request.kind->name)},
          {"fixed settings", config_to_json(*request.base)},
          {"searched settings", ranges_text(request.ranges)},
          {"split", config_to_json(ConfigOf<SplitConfig>(request.split))},
          {"search", search_name(request.search)},
          {"metric", request.metric},
          {"seed", std::to_string(request.seed)}};
}

class Tuner {
 public:
  Tuner(const TuningRequest& request, const Dataset& dataset, ThreadPool& pool,
        const std::function<void(std::size_t, std::size_t)>& done)
      : request_(request),
        dataset_(dataset),
        pool_(pool),
        done_(done),
        base_(request.base->clone()),
        space_(request.ranges, *base_),
        study_(request.study, description(request, dataset)),
        split_(make_split(dataset, request.split)) {}

  Tuning run() && {
    if (request_.search == Search::kHalving) {
      halve();
    } else {
      total_ = request_.trials;
      for (std::size_t number = 0; number < request_.trials; ++number) {
        result_.trials.push_back(tried(number, 0, settings(number), 1));
      }
    }
    std::erase_if(result_.trials, [](const Study::Trial& trial) { return !trial.score; });
    if (result_.trials.empty()) {
      throw Error(ErrorKind::kBadInput, "no trial could be fitted. The first says: ", result_.all.front().failure);
    }
    sort_best_first(result_.trials);
    return std::move(result_);
  }

 private:
  static void sort_best_first(std::vector<Study::Trial>& trials) {
    std::stable_sort(trials.begin(), trials.end(), [](const auto& a, const auto& b) { return *a.score > *b.score; });
  }

  std::unique_ptr<Config> settings(std::size_t number) const {
    std::unique_ptr<Config> config = request_.base->clone();
    if (number == 0) return config;
    Rng rng = Rng(request_.seed).stream(number);
    space_.apply(space_.random(rng), *config);
    return config;
  }

  // Rungs of successive halving (Jamieson and Talwalkar, 2016). The defaults stay in until the last.
  void halve() {
    std::vector<std::size_t> numbers(request_.trials);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::size_t left = numbers.size();
    for (std::size_t rung = 0; rung < kHalvingRungs; ++rung, left = kept(left)) total_ += left;
    for (std::size_t rung = 0; rung < kHalvingRungs; ++rung) {
      const double share = std::pow(kHalvingFactor, static_cast<double>(rung) - (kHalvingRungs - 1));
      std::vector<Study::Trial> trials;
      for (const std::size_t number : numbers) {
        trials.push_back(tried(number, rung, settings(number), share));
      }
      if (rung + 1 == kHalvingRungs) {
        result_.trials = std::move(trials);
        return;
      }
      numbers = promoted(std::move(trials));
    }
  }

  // The best third of those beside the defaults, and these.
  static std::size_t kept(std::size_t trials) { return (trials - 1 + kHalvingFactor - 1) / kHalvingFactor + 1; }

  static std::vector<std::size_t> promoted(std::vector<Study::Trial> trials) {
    const std::size_t places = kept(trials.size());
    std::erase_if(trials, [](const Study::Trial& trial) { return !trial.score; });
    sort_best_first(trials);
    std::vector<std::size_t> numbers = {0};
    for (const Study::Trial& trial : trials) {
      if (trial.number != 0 && numbers.size() < places) numbers.push_back(trial.number);
    }
    return numbers;
  }

  Study::Trial tried(std::size_t number, std::size_t rung, std::unique_ptr<Config> config, double share) {
    Study::Trial trial{number, rung, config_to_json(*config), std::nullopt, 0, ""};
    if (const auto known = study_.find(number, rung); known && known->config == trial.config) {
      trial = *known;
      ++result_.reused;
    } else {
      if (known) {
        throw Error(ErrorKind::kUsage, request_.study->string(), ": trial ", number, " had the settings ",
                    known->config, ", and would now have ", trial.config, ". Name another file for a new study.");
      }
      measure(*config, share, trial);
      study_.add(trial);
    }
    result_.all.push_back(trial);
    done_(result_.all.size(), total_);
    return trial;
  }

  void measure(Config& config, double share, Study::Trial& trial) {
    const Stopwatch watch;
    try {
      config.validate();
      trial.score = score(config, share_of_users(dataset_, split_, share, request_.seed));
    } catch (const Error& refused) {
      if (refused.kind() == ErrorKind::kSystem) throw;
      trial.failure = refused.what();
    }
    trial.seconds = watch.seconds();
  }

  double score(Config& config, const Split& split) {
    const TrainingEvents events(dataset_, split);
    EvaluationConfig evaluation;
    evaluation.part = Part::kValid;
    evaluation.detail = Detail::kMetrics;
    const auto measured = [&](const Recommender& model, const std::string& metric) {
      const auto found = evaluate(model, events.items(), events.counts(), dataset_, split, evaluation, pool_).metrics;
      const auto value = found.find(metric);
      return value == found.end() ? 0.0 : value->second;
    };
    FitContext context{pool_, request_.seed};
    context.validate = [&](const Recommender& model) { return measured(model, "ndcg@10"); };
    return measured(*request_.kind->fit(events, config, context), request_.metric);
  }

  const TuningRequest& request_;
  const Dataset& dataset_;
  ThreadPool& pool_;
  const std::function<void(std::size_t, std::size_t)>& done_;
  std::unique_ptr<Config> base_;
  SearchSpace space_;
  Study study_;
  Split split_;
  Tuning result_;
  std::size_t total_ = 0;
};

std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F) {
      out += c;
      continue;
    }
    constexpr const char* kDigits = "0123456789ABCDEF";
    out += std::string("\\u00") + kDigits[code >> 4] + kDigits[code & 15];
  }
  return out + "\"";
}

class TomlWriter final : public FieldVisitor {
 public:
  void visit(std::string_view name, bool& value, std::string_view help) override {
    add(name, value ? "true" : "false", help);
  }
  void visit(std::string_view name, std::int64_t& value, std::string_view help) override {
    add(name, std::to_string(value), help);
  }
  void visit(std::string_view name, double& value, std::string_view help) override {
    add(name, short_exact(value), help);
  }
  void visit(std::string_view name, std::string& value, std::string_view help) override {
    add(name, toml_text(value), help);
  }

  std::string text;

 private:
  static std::string short_exact(double value) {
    char digits[32];
    for (int precision = 1; precision <= 17; ++precision) {
      std::snprintf(digits, sizeof digits, "%.*g", precision, value);
      if (std::strtod(digits, nullptr) == value) break;
    }
    return digits;
  }

  void add(std::string_view name, const std::string& value, std::string_view help) {
    text += std::string(name) + " = " + value + "  # " + std::string(help) + "\n";
  }
};

}  // namespace

Tuning tune(const TuningRequest& request, const Dataset& dataset, ThreadPool& pool,
            const std::function<void(std::size_t done, std::size_t total)>& done) {
  ATTUNE_CHECK(request.trials > 0 && (request.trials == 1 || !request.ranges.empty()));
  return Tuner(request, dataset, pool, done).run();
}

Split share_of_users(const Dataset& dataset, const Split& split, double share, std::uint64_t seed) {
  if (share >= 1) return split;
  Split kept = split;
  const Rng root(seed);
  for (std::size_t u = 0; u < kept.users.size(); ++u) {
    if (root.stream(u).uniform() < share) continue;
    const auto size = static_cast<std::uint32_t>(dataset.offsets()[u + 1] - dataset.offsets()[u]);
    kept.users[u] = {0, size, size, size};
  }
  return kept;
}

std::string config_to_toml(const Config& config, const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += "# " + note + "\n";
  TomlWriter writer;
  config.clone()->each_field(writer);
  return text + writer.text;
}

}  // namespace attune
