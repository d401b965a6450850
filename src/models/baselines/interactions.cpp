#include "models/baselines/interactions.h"

#include <algorithm>

#include "base/check.h"

namespace attune {

SparseMatrix interactions(const TrainingEvents& events) {
  SparseMatrix matrix;
  matrix.width = events.items().size();
  matrix.offsets.reserve(events.users() + 1);
  matrix.columns.reserve(events.events());
  for (std::size_t u = 0; u < events.users(); ++u) {
    const auto first = static_cast<std::ptrdiff_t>(matrix.columns.size());
    for (const ItemIndex item : events.history(static_cast<UserIndex>(u)).items) {
      matrix.columns.push_back(static_cast<std::uint32_t>(item));
    }
    std::sort(matrix.columns.begin() + first, matrix.columns.end());
    matrix.columns.erase(std::unique(matrix.columns.begin() + first, matrix.columns.end()), matrix.columns.end());
    matrix.offsets.push_back(matrix.columns.size());
  }
  matrix.values.assign(matrix.columns.size(), 1.0F);
  return matrix;
}

std::vector<MetItem> met_items(const History& history, std::size_t items) {
  std::vector<MetItem> met;
  met.reserve(history.size());
  for (std::size_t position = 0; position < history.size(); ++position) {
    ATTUNE_CHECK(to_size(history.items[position]) < items);
    met.push_back({static_cast<std::uint32_t>(history.items[position]), static_cast<std::uint32_t>(position)});
  }
  std::sort(met.begin(), met.end(), [](const MetItem& a, const MetItem& b) {
    return a.item != b.item ? a.item < b.item : a.position > b.position;
  });
  met.erase(std::unique(met.begin(), met.end(), [](const MetItem& a, const MetItem& b) { return a.item == b.item; }),
            met.end());
  return met;
}

}  // namespace attune
