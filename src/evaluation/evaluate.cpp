#include "evaluation/evaluate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "evaluation/item_genres.h"
#include "evaluation/ranked_user.h"
#include "evaluation/ranking_case.h"
#include "evaluation/ranking_tally.h"

namespace attune {
namespace {

constexpr std::size_t kUsersInWave = 4096;  // ranked before they are summed

struct Outcome {
  std::size_t repeated = 0;
  std::optional<RankedUser> ranked;  // none when no target is left
};

// What ranking reads, and no thread changes.
struct Ranking {
  const ScoreUsers& score;
  const Dataset& dataset;
  const Split& split;
  const ItemTranslation& translation;
  const ItemGenres& genres;
  const EvaluationConfig& config;
  std::size_t items;

  // The outcomes of a block of users, in their order.
  void rank(std::span<const UserIndex> users, std::span<Outcome> outcomes) const {
    std::vector<RankingCase> cases;
    std::vector<UserIndex> asked_users;
    std::vector<Query> queries;
    cases.reserve(users.size());  // queries view the histories in it
    for (const UserIndex user : users) {
      cases.push_back(ranking_case(dataset, split, user, config.part, config.seen, translation));
      if (cases.back().targets.empty()) continue;
      asked_users.push_back(user);
      queries.push_back({cases.back().history.view(), config.when_known ? cases.back().begins : std::nullopt});
    }
    const auto buffer = std::make_unique_for_overwrite<float[]>(queries.size() * items);
    const MutableMatrixView scores(buffer.get(), queries.size(), items);
    if (!queries.empty()) score(asked_users, queries, scores);
    std::size_t row = 0;
    for (std::size_t i = 0; i < users.size(); ++i) {
      outcomes[i].repeated = cases[i].repeated;
      if (cases[i].targets.empty()) continue;
      outcomes[i].ranked = rank_user(users[i], cases[i], scores.row(row++), config.seen);
      describe_list(genres, cases[i], *outcomes[i].ranked);
    }
  }
};

UserValues values_of(const RankedUser& ranked) {
  UserValues values{
      ranked.user, static_cast<std::uint32_t>(ranked.history), static_cast<std::uint32_t>(ranked.targets.size()), {}};
  for (std::size_t f = 0; f < kMetricFields.size(); ++f) {
    values.at_10[f] = (ranked.metrics.*kMetricFields[f].values)[kAt10];
  }
  return values;
}

// Adds up outcomes in user order.
class Sums {
 public:
  Sums(std::span<const std::uint32_t> training_counts, bool has_times, Detail detail)
      : counts_(training_counts),
        known_(training_counts),
        new_(training_counts),
        slices_(training_counts, has_times),
        detail_(detail) {}

  void add(const Outcome& outcome) {
    protocol_.repeated_targets += outcome.repeated;
    if (!outcome.ranked) return;
    const RankedUser& ranked = *outcome.ranked;
    if (ranked.history == 0) return new_.add(ranked);
    known_.add(ranked);
    if (detail_ == Detail::kAll) slices_.add(ranked);
    protocol_.targets += ranked.targets.size();
    for (const Target& target : ranked.targets) {
      if (target.item == kNoItem) ++protocol_.unreachable_targets;
      if (target.item == kNoItem || counts_[to_size(target.item)] == 0) ++protocol_.new_item_targets;
    }
    per_user_.push_back(values_of(ranked));
  }

  Evaluation result() && {
    Evaluation evaluation;
    evaluation.protocol = std::move(protocol_);
    evaluation.protocol.users = known_.users();
    evaluation.protocol.new_users = new_.users();
    evaluation.protocol.tied_targets = known_.tied_targets();
    evaluation.metrics = known_.metrics();
    evaluation.new_user_metrics = new_.metrics();
    const double tied = static_cast<double>(known_.tied_targets());
    if (tied > Evaluation::kTiedShare * static_cast<double>(evaluation.protocol.targets)) {
      evaluation.expected_metrics = known_.expected();
    }
    if (detail_ == Detail::kAll) evaluation.slices = slices_.slices();
    evaluation.per_user = std::move(per_user_);
    return evaluation;
  }

 private:
  std::span<const std::uint32_t> counts_;
  RankingTally known_;
  RankingTally new_;
  SliceTally slices_;
  Detail detail_;
  Protocol protocol_;
  std::vector<UserValues> per_user_;
};

}  // namespace

Evaluation evaluate(const ScoreUsers& score, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(training_counts.size() == items.size());
  ATTUNE_CHECK(split.users.size() == dataset.users());
  const auto start = std::chrono::steady_clock::now();
  const ItemTranslation translation(dataset, items);
  const ItemGenres genres = config.detail == Detail::kAll ? ItemGenres(dataset, items, translation) : ItemGenres();
  const Ranking ranking{score, dataset, split, translation, genres, config, items.size()};
  const std::vector<UserIndex> users = users_of_part(dataset, split, config.part);
  const std::size_t block = queries_in_block(items.size());

  Sums sums(training_counts, dataset.has_times(), config.detail);
  std::vector<Outcome> outcomes;
  for (std::size_t first = 0; first < users.size(); first += kUsersInWave) {
    const auto wave = std::span(users).subspan(first, std::min(kUsersInWave, users.size() - first));
    outcomes.assign(wave.size(), Outcome());
    pool.for_each((wave.size() + block - 1) / block, [&](std::size_t task) {
      const std::size_t begin = task * block, count = std::min(block, wave.size() - begin);
      ranking.rank(wave.subspan(begin, count), std::span(outcomes).subspan(begin, count));
    });
    for (const Outcome& outcome : outcomes) sums.add(outcome);
  }

  Evaluation evaluation = std::move(sums).result();
  evaluation.protocol.split = config.split;
  evaluation.protocol.part = config.part == Part::kValid ? "valid" : "test";
  evaluation.protocol.seen = config.seen == Seen::kExclude ? "exclude" : "keep";
  evaluation.protocol.query_time = config.when_known ? "known" : "ignored";
  evaluation.protocol.catalogue = items.size();
  evaluation.protocol.genres = genres.column();
  evaluation.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return evaluation;
}

Evaluation evaluate(const Recommender& model, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(model.items() == items.size());
  const ScoreUsers score = [&](std::span<const UserIndex>, std::span<const Query> queries, MutableMatrixView scores) {
    model.score(queries, scores);
  };
  EvaluationConfig asked = config;
  asked.when_known = model.asks_when();
  return evaluate(score, items, training_counts, dataset, split, asked, pool);
}

}  // namespace attune
