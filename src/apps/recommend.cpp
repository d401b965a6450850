#include "apps/recommend.h"

#include <algorithm>

#include "apps/console.h"

namespace attune {
namespace {

constexpr std::size_t kBlock = 32;         // queries that a thread scores together
constexpr std::size_t kBlocksAThread = 4;  // in a wave

}  // namespace

std::vector<Answer> recommend(const Model& model, std::span<const Asked> asked, const RecommendConfig& config,
                              ThreadPool& pool) {
  std::vector<Answer> answers(asked.size());
  const Recommender& recommender = *model.recommender;
  pool.for_each((asked.size() + kBlock - 1) / kBlock, [&](std::size_t task) {
    const std::size_t first = task * kBlock, count = std::min(kBlock, asked.size() - first);
    std::vector<Query> queries(count);
    for (std::size_t i = 0; i < count; ++i) {
      queries[i] = {asked[first + i].history.view(), config.when};
    }
    auto found = retrieve(recommender, queries, config.k, config.seen);
    for (std::size_t i = 0; i < count; ++i) {
      Answer& answer = answers[first + i];
      answer.items = std::move(found[i]);
      answer.personal = recommender.personal(queries[i]);
      for (const Scored& scored : answer.items) {
        answer.reasons.push_back(config.reasons == 0 ? std::vector<Reason>()
                                                     : reasons(recommender, queries[i], scored.item, config.reasons));
      }
    }
  });
  return answers;
}

void recommend_users(const Model& model, const Dataset& dataset, std::span<const UserIndex> users,
                     const RecommendConfig& config, ThreadPool& pool,
                     const std::function<void(const Asked&, const Answer&)>& answered) {
  const ItemTranslation translation(dataset, model.items);
  const std::size_t wave = kBlock * kBlocksAThread * static_cast<std::size_t>(pool.threads());
  Progress progress("recommending", users.size());
  for (std::size_t first = 0; first < users.size() && !output_closed(); first += wave) {
    std::vector<Asked> asked;
    for (const UserIndex user : users.subspan(first, std::min(wave, users.size() - first))) {
      asked.push_back({user, translation.translate(dataset.history(user))});
    }
    const std::vector<Answer> answers = recommend(model, asked, config, pool);
    for (std::size_t i = 0; i < asked.size(); ++i) answered(asked[i], answers[i]);
    progress.advance_to(first + asked.size());
  }
}

}  // namespace attune
