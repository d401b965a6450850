#include "explanation/reasons.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace attune {

std::vector<Reason> reasons(const Recommender& model, const Query& query, ItemIndex item, std::size_t n) {
  ATTUNE_CHECK(to_size(item) < model.items());
  const std::vector<float> contributions = model.contributions(query, item);
  ATTUNE_CHECK(contributions.size() == query.history.size());

  double total = 0;
  std::vector<Reason> found;
  for (std::size_t i = 0; i < contributions.size(); ++i) {
    ATTUNE_CHECK(std::isfinite(contributions[i]));
    if (contributions[i] <= 0) continue;
    total += contributions[i];
    found.push_back({i, query.history.items[i], contributions[i], 0});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(n, found.size()));
  std::partial_sort(found.begin(), end, found.end(), [](const Reason& a, const Reason& b) {
    return a.contribution != b.contribution ? a.contribution > b.contribution : a.position > b.position;
  });
  found.erase(end, found.end());
  for (Reason& reason : found) reason.weight = static_cast<float>(reason.contribution / total);
  return found;
}

}  // namespace attune
