#include "retrieval/retrieve.h"

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "base/error.h"
#include "kernels/top_k.h"

namespace attune {

std::vector<Scored> best_items(std::span<const float> scores, std::size_t k, std::span<const ItemIndex> excluded) {
  std::vector<ItemIndex> skipped(excluded.begin(), excluded.end());
  std::sort(skipped.begin(), skipped.end());
  ATTUNE_CHECK(skipped.empty() || to_size(skipped.back()) < scores.size());

  kernels::TopK<float> best(std::min(k, scores.size()));
  std::size_t first = 0;
  const auto offer_until = [&](std::size_t end) {
    if (end > first) best.offer(scores.subspan(first, end - first), static_cast<std::uint32_t>(first));
  };
  for (const ItemIndex item : skipped) {
    offer_until(to_size(item));
    first = to_size(item) + 1;
  }
  offer_until(scores.size());

  std::vector<Scored> found;
  for (const auto& [score, index] : best.take()) found.push_back({ItemIndex{index}, score});
  return found;
}

std::vector<std::vector<Scored>> retrieve(const Recommender& model, std::span<const Query> queries, std::size_t k,
                                          Seen seen) {
  const std::size_t items = model.items(), block = std::min(queries_in_block(items), queries.size());
  const auto scores = std::make_unique_for_overwrite<float[]>(block * items);
  std::vector<std::vector<Scored>> found;
  found.reserve(queries.size());
  for (std::size_t first = 0; first < queries.size(); first += block) {
    const auto asked = queries.subspan(first, std::min(block, queries.size() - first));
    const MutableMatrixView rows(scores.get(), asked.size(), items);
    model.score(asked, rows);
    for (std::size_t q = 0; q < asked.size(); ++q) {
      const auto excluded = seen == Seen::kExclude ? asked[q].history.items : std::span<const ItemIndex>();
      found.push_back(best_items(rows.row(q), k, excluded));
    }
  }
  return found;
}

std::vector<Scored> nearest_items(const Recommender& model, ItemIndex item, std::size_t k) {
  ATTUNE_CHECK(to_size(item) < model.items());
  const std::vector<float> scores = model.similar(item);
  if (scores.empty()) {
    throw Error(
        ErrorKind::kUsage,
        "This model does not compare items with one another, so that no item is near to another one. Ask a model "
        "that does, such as similarity.");
  }
  ATTUNE_CHECK(scores.size() == model.items());
  return best_items(scores, k, {&item, 1});
}

}  // namespace attune
