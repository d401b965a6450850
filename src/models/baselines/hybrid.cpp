#include "models/baselines/hybrid.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "models/baselines/fusion.h"
#include "models/baselines/popularity_prior.h"

namespace attune {
namespace {

const std::string kMembers = "members", kWeights = "weights";
constexpr double kWeightMax = 1e6;
constexpr std::size_t kMembersMax = 16;

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::string prefix_of(std::size_t member) { return "member" + std::to_string(member) + "."; }

struct Member {
  const ModelKind* kind = nullptr;
  std::unique_ptr<Config> config;
  std::unique_ptr<Recommender> model;
};

using Members = std::vector<Member>;

class Hybrid final : public Recommender {
 public:
  Hybrid(Fusion fusion, std::shared_ptr<const Members> members, std::vector<double> weights)
      : fusion_(fusion), members_(std::move(members)), weights_(std::move(weights)) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Member& member : *members_) {
      list.push_back({{"model", std::string(member.kind->name)},
                      {"config", nlohmann::ordered_json::parse(config_to_json(*member.config))}});
    }
    members_text_ = list.dump();
  }

  std::size_t items() const override { return members_->front().model->items(); }

  void score(std::span<const Query> queries, MutableMatrixView scores) const override {
    ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
    std::vector<float> own(queries.size() * items());
    const MutableMatrixView view(own.data(), queries.size(), items());
    for (std::size_t q = 0; q < queries.size(); ++q) std::ranges::fill(scores.row(q), 0.0F);
    for (std::size_t m = 0; m < members_->size(); ++m) {
      if (weights_[m] == 0) continue;
      (*members_)[m].model->score(queries, view);
      for (std::size_t q = 0; q < queries.size(); ++q) add_standardised(m, view.row(q), scores.row(q));
    }
  }

  // By score: a member's contributions, scaled as its scores are. By rank: a member's part of the sum, shared out in
  // proportion to its positive contributions.
  std::vector<float> contributions(const Query& query, ItemIndex item) const override {
    ATTUNE_CHECK(to_size(item) < items());
    std::vector<double> sums(query.history.size());
    std::vector<float> scores(items());
    for (std::size_t m = 0; m < members_->size(); ++m) {
      if (weights_[m] == 0) continue;
      const Recommender& model = *(*members_)[m].model;
      model.score({&query, 1}, MutableMatrixView(scores.data(), 1, scores.size()));
      const std::vector<float> own = model.contributions(query, item);
      const double factor = weights_[m] * part(scores, own, item);
      for (std::size_t e = 0; e < sums.size(); ++e) {
        const float share = fusion_ == Fusion::kScore ? own[e] : std::max(own[e], 0.0F);
        sums[e] += factor * static_cast<double>(share);
      }
    }
    return {sums.begin(), sums.end()};
  }

  // Neighbours of the members that know any, fused alike; -inf for what no member knows.
  std::vector<float> similar(ItemIndex item) const override {
    std::vector<float> sums(items(), 0.0F);
    std::vector<bool> is_known(items());
    for (std::size_t m = 0; m < members_->size(); ++m) {
      std::vector<float> own = (*members_)[m].model->similar(item);
      if (own.empty() || weights_[m] == 0) continue;
      own[to_size(item)] = -std::numeric_limits<float>::infinity();
      for (std::size_t j = 0; j < own.size(); ++j) is_known[j] = is_known[j] || std::isfinite(own[j]);
      add_standardised(m, own, sums);
    }
    for (std::size_t j = 0; j < sums.size(); ++j) {
      if (!is_known[j]) sums[j] = -std::numeric_limits<float>::infinity();
    }
    return sums;
  }

  bool personal(const Query& query) const override {
    for (std::size_t m = 0; m < members_->size(); ++m) {
      if (weights_[m] > 0 && (*members_)[m].model->personal(query)) return true;
    }
    return false;
  }

  bool asks_when() const override {
    for (std::size_t m = 0; m < members_->size(); ++m) {
      if (weights_[m] > 0 && (*members_)[m].model->asks_when()) return true;
    }
    return false;
  }

  void save(ModelWriter& writer) const override {
    writer.add(kMembers, {members_text_.size()}, std::span<const char>(members_text_));
    writer.add(kWeights, {weights_.size()}, std::span<const double>(weights_));
    for (std::size_t m = 0; m < members_->size(); ++m) {
      ModelWriter nested = writer.nested(prefix_of(m));
      (*members_)[m].model->save(nested);
    }
  }

 private:
  void add_standardised(std::size_t member, std::span<float> own, std::span<float> sums) const {
    standardise(fusion_, own);
    const auto weight = static_cast<float>(weights_[member]);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += weight * own[j];
  }

  // What a member's contribution to an item is multiplied with.
  double part(std::vector<float>& scores, std::span<const float> own, ItemIndex item) const {
    if (fusion_ == Fusion::kScore) return static_cast<double>(score_factor(scores));
    double positive = 0;
    for (const float share : own) positive += static_cast<double>(std::max(share, 0.0F));
    standardise(fusion_, scores);
    return positive > 0 ? static_cast<double>(scores[to_size(item)]) / positive : 0;
  }

  Fusion fusion_;
  std::shared_ptr<const Members> members_;
  std::vector<double> weights_;
  std::string members_text_;
};

Fusion fusion_of(const HybridConfig& config) { return config.fusion == "rank" ? Fusion::kRank : Fusion::kScore; }

std::vector<double> parsed_weights(const HybridConfig& config, std::size_t members) {
  std::vector<double> weights;
  for (const std::string& text : split_at_commas(config.weights)) {
    double value = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = failure == std::errc() && stop == text.data() + text.size();
    if (!whole || !(value >= 0 && value <= kWeightMax)) {
      throw Error(ErrorKind::kUsage, "weights is '", config.weights, "', and '", text,
                  "' is no weight; expected numbers from 0 to 1e6 with commas between.");
    }
    weights.push_back(value);
  }
  if (weights.size() != members || std::ranges::all_of(weights, [](double w) { return w == 0; })) {
    throw Error(ErrorKind::kUsage, "weights is '", config.weights, "'; expected ", members,
                " numbers, one for each of the models '", config.models, "', not all 0.");
  }
  return weights;
}

Members configured(const HybridConfig& config) {
  Members members;
  for (const std::string& name : split_at_commas(config.models)) {
    const ModelKind& kind = find_model_kind(name);
    if (kind.name == "hybrid") {
      throw Error(ErrorKind::kUsage, "models is '", config.models, "'; a hybrid cannot be a member of a hybrid.");
    }
    for (const Member& other : members) {
      if (other.kind == &kind)
        throw Error(ErrorKind::kUsage, "models is '", config.models, "', and '", name, "' is named twice.");
    }
    members.push_back({&kind, kind.default_config(), nullptr});
  }
  if (members.size() > kMembersMax) {
    throw Error(ErrorKind::kUsage, "models names ", members.size(), " members; expected at most ", kMembersMax, ".");
  }
  return members;
}

// Reads the settings of the members into their configs.
void apply_settings(const HybridConfig& config, Members& members) {
  if (config.settings.empty()) return;
  const nlohmann::json settings = nlohmann::json::parse(config.settings, nullptr, false);
  const std::string_view expected = "; expected a JSON object such as {\"ials\": {\"width\": 128}}.";
  if (!settings.is_object()) throw Error(ErrorKind::kUsage, "settings is '", config.settings, "'", expected);
  for (const auto& [name, fields] : settings.items()) {
    const auto member = std::ranges::find_if(members, [&](const Member& one) { return one.kind->name == name; });
    if (member == members.end()) {
      throw Error(ErrorKind::kUsage, "settings names '", name, "', which is none of the models '", config.models, "'.");
    }
    if (!fields.is_object()) throw Error(ErrorKind::kUsage, "settings of '", name, "' are no object", expected);
    config_from_json(*member->config, fields.dump(), "settings of '" + name + "'");
  }
  for (const Member& member : members) member.config->validate();
}

// Weights that validate best, each in turn: halved, doubled, left out or as they are.
std::vector<double> learned_weights(Fusion fusion, const std::shared_ptr<const Members>& members,
                                    const FitContext& context) {
  constexpr int kRounds = 3;
  std::vector<double> weights(members->size(), 1);
  if (!context.validate || members->size() == 1) return weights;
  double best = context.validate(Hybrid(fusion, members, weights));
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> before = weights;
    for (std::size_t m = 0; m < weights.size(); ++m) {
      for (const double factor : {0.0, 0.5, 2.0}) {
        std::vector<double> tried = weights;
        tried[m] = factor * weights[m];
        if (tried == weights || std::ranges::all_of(tried, [](double w) { return w == 0; })) continue;
        const double found = context.validate(Hybrid(fusion, members, tried));
        if (found > best) best = found, weights = tried;
      }
    }
    if (weights == before) break;
  }
  return weights;
}

}  // namespace

std::vector<SearchRange> HybridConfig::search_ranges() { return {SearchRange::choice("fusion", {"score", "rank"})}; }

void HybridConfig::validate() const {
  if (fusion != "score" && fusion != "rank") {
    throw Error(ErrorKind::kUsage, "fusion is '", fusion, "'; expected score or rank.");
  }
  Members members = configured(*this);
  apply_settings(*this, members);
  if (!weights.empty()) parsed_weights(*this, members.size());
}

std::unique_ptr<Recommender> fit_hybrid(const TrainingEvents& events, const HybridConfig& config, FitContext& context) {
  config.validate();
  auto members = std::make_shared<Members>(configured(config));
  apply_settings(config, *members);
  for (Member& member : *members) {
    FitContext own{context.pool, context.seed, context.validate};
    member.model = member.kind->fit(events, *member.config, own);
  }
  const std::vector<double> weights = config.weights.empty() ? learned_weights(fusion_of(config), members, context)
                                                             : parsed_weights(config, members->size());
  return std::make_unique<Hybrid>(fusion_of(config), members, weights);
}

std::unique_ptr<Recommender> load_hybrid(const ModelReader& reader, const HybridConfig& config) {
  const auto text = reader.values<char>(kMembers, 1);
  if (text.size() > kConfigJsonMax) reader.refuse(kMembers, "is longer than any list of members");
  const nlohmann::json list = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!list.is_array() || list.empty() || list.size() > kMembersMax) reader.refuse(kMembers, "is no list of members");
  auto members = std::make_shared<Members>();
  for (const auto& entry : list) {
    if (!entry.is_object() || !entry.contains("model") || !entry["model"].is_string() || !entry.contains("config")) {
      reader.refuse(kMembers, "an entry has no model and config");
    }
    const auto name = entry["model"].get<std::string>();
    const auto kinds = model_kinds();
    const auto kind = std::ranges::find_if(kinds, [&](const ModelKind& one) { return one.name == name; });
    if (kind == kinds.end() || name == "hybrid") reader.refuse(kMembers, "names a model that cannot be a member");
    Member member{&*kind, kind->default_config(), nullptr};
    config_from_json(*member.config, entry["config"].dump(), kMembers);
    member.config->validate();
    member.model = kind->load(reader.nested(prefix_of(members->size())), *member.config);
    if (member.model->items() != reader.items()) reader.refuse(kMembers, "a member has another number of items");
    members->push_back(std::move(member));
  }
  const auto weights = reader.values<double>(kWeights, 1);
  if (weights.size() != members->size()) reader.refuse(kWeights, "are not as many as members");
  for (const double weight : weights) {
    if (!(weight >= 0 && weight <= kWeightMax)) reader.refuse(kWeights, "a value is no weight");
  }
  return std::make_unique<Hybrid>(fusion_of(config), members, std::vector<double>(weights.begin(), weights.end()));
}

}  // namespace attune
