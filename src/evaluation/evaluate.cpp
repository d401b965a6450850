#include "evaluation/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "evaluation/ranking_case.h"
#include "evaluation/ranking_tally.h"
#include "kernels/top_k.h"

namespace attune {
namespace {

constexpr std::size_t kUsersInWave = 4096;  // ranked before they are summed
constexpr float kNever = -std::numeric_limits<float>::infinity();

struct Outcome {
  std::size_t targets = 0;
  std::size_t unreachable = 0;
  std::size_t repeated = 0;
  bool has_history = false;
  std::optional<RankedUser> ranked;  // none when no target is left
};

// No metric looks beyond the last cutoff, so the list of the best items until there holds all ranks that matter, and it
// costs one pass over the scores however many targets there are.
RankedUser rank_user(const RankingCase& asked, std::span<float> scores, Seen seen) {
  for (const float score : scores) ATTUNE_CHECK(score < std::numeric_limits<float>::infinity());  // nor NaN
  if (seen == Seen::kExclude) {
    for (const ItemIndex item : asked.history.items) scores[to_size(item)] = kNever;
  }
  kernels::TopK<float> top(kCutoffs.back());
  top.offer(scores, 0);
  const auto best = top.take();

  std::vector<std::uint32_t> ranks(asked.counted(), kNoRank);
  for (std::size_t t = 0; t < asked.targets.size(); ++t) {
    const auto found =
        std::ranges::find(best, asked.targets[t], [](const auto& entry) { return ItemIndex{entry.index}; });
    if (found != best.end()) ranks[t] = static_cast<std::uint32_t>(found - best.begin()) + 1;
  }
  RankedUser user;
  user.metrics = user_metrics(ranks);
  user.listed = std::min(best.size(), RankedUser::kListed);
  for (std::size_t i = 0; i < user.listed; ++i) user.best[i] = ItemIndex{best[i].index};
  return user;
}

class Evaluator {
 public:
  Evaluator(const Recommender& model, const Dataset& dataset, const Split& split, const ItemTranslation& translation,
            const EvaluationConfig& config)
      : model_(model), dataset_(dataset), split_(split), translation_(translation), config_(config) {}

  // The outcomes of a block of users, in their order.
  void rank(std::span<const UserIndex> users, std::span<Outcome> outcomes) const {
    std::vector<RankingCase> cases(users.size());
    std::vector<Query> queries;
    for (std::size_t i = 0; i < users.size(); ++i) {
      RankingCase& asked = cases[i];
      asked = ranking_case(dataset_, split_, users[i], config_.part, config_.seen, translation_);
      outcomes[i] = {asked.counted(), asked.unreachable, asked.repeated, !asked.history.items.empty(), std::nullopt};
      if (asked.counted() > 0) queries.push_back({asked.history.view(), std::nullopt});
    }
    if (queries.empty()) return;
    const std::size_t items = model_.items();
    const auto buffer = std::make_unique_for_overwrite<float[]>(queries.size() * items);
    const MutableMatrixView scores(buffer.get(), queries.size(), items);
    model_.score(queries, scores);
    std::size_t row = 0;
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (cases[i].counted() > 0) outcomes[i].ranked = rank_user(cases[i], scores.row(row++), config_.seen);
    }
  }

 private:
  const Recommender& model_;
  const Dataset& dataset_;
  const Split& split_;
  const ItemTranslation& translation_;
  const EvaluationConfig& config_;
};

// Adds up outcomes in user order.
class Sums {
 public:
  explicit Sums(std::span<const std::uint32_t> training_counts) : known_(training_counts), new_(training_counts) {}

  void add(const Outcome& outcome) {
    repeated_ += outcome.repeated;
    if (!outcome.ranked) return;
    if (!outcome.has_history) {
      new_.add(*outcome.ranked);
      return;
    }
    known_.add(*outcome.ranked);
    targets_ += outcome.targets;
    unreachable_ += outcome.unreachable;
    constexpr std::size_t kAt10 = std::ranges::find(kCutoffs, std::size_t{10}) - kCutoffs.begin();
    ndcg_at_10_.push_back(static_cast<float>(outcome.ranked->metrics.ndcg[kAt10]));
  }

  void report(Evaluation& evaluation) && {
    evaluation.protocol.users = known_.users();
    evaluation.protocol.new_users = new_.users();
    evaluation.protocol.targets = targets_;
    evaluation.protocol.unreachable_targets = unreachable_;
    evaluation.protocol.repeated_targets = repeated_;
    evaluation.metrics = known_.metrics();
    evaluation.new_user_metrics = new_.metrics();
    evaluation.ndcg_at_10 = std::move(ndcg_at_10_);
  }

 private:
  RankingTally known_;
  RankingTally new_;
  std::size_t targets_ = 0;
  std::size_t unreachable_ = 0;
  std::size_t repeated_ = 0;
  std::vector<float> ndcg_at_10_;
};

}  // namespace

Evaluation evaluate(const Recommender& model, const ItemTable& items, std::span<const std::uint32_t> training_counts,
                    const Dataset& dataset, const Split& split, const EvaluationConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(model.items() == items.size() && training_counts.size() == items.size());
  ATTUNE_CHECK(split.users.size() == dataset.users());
  const auto start = std::chrono::steady_clock::now();
  const ItemTranslation translation(dataset, items);
  const Evaluator evaluator(model, dataset, split, translation, config);
  const std::vector<UserIndex> users = users_of_part(dataset, split, config.part);
  const std::size_t block = queries_in_block(items.size());

  Sums sums(training_counts);
  std::vector<Outcome> outcomes;
  for (std::size_t first = 0; first < users.size(); first += kUsersInWave) {
    const auto wave = std::span(users).subspan(first, std::min(kUsersInWave, users.size() - first));
    outcomes.assign(wave.size(), Outcome());
    pool.for_each((wave.size() + block - 1) / block, [&](std::size_t task) {
      const std::size_t begin = task * block, count = std::min(block, wave.size() - begin);
      evaluator.rank(wave.subspan(begin, count), std::span(outcomes).subspan(begin, count));
    });
    for (const Outcome& outcome : outcomes) sums.add(outcome);
  }

  Evaluation evaluation;
  evaluation.protocol.split = config.split;
  evaluation.protocol.part = config.part == Part::kValid ? "valid" : "test";
  evaluation.protocol.seen = config.seen == Seen::kExclude ? "exclude" : "keep";
  evaluation.protocol.catalogue = items.size();
  std::move(sums).report(evaluation);
  evaluation.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return evaluation;
}

}  // namespace attune
