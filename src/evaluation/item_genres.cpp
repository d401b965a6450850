#include "evaluation/item_genres.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace attune {
namespace {

constexpr double kSmoothing = 0.01;  // alpha of Steck (2018): keeps the divergence finite
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool named_like_genres(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* part : {"genre", "categor", "class"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

const Column* genre_column(const Catalogue& catalogue) {
  const Column* first = nullptr;
  for (const Column& column : catalogue.columns()) {
    if (column.kind != ColumnKind::kList) continue;
    if (named_like_genres(column.name)) return &column;
    if (first == nullptr) first = &column;
  }
  return first;
}

std::size_t in_common(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++common;
    const bool step_a = a[i] <= b[j], step_b = b[j] <= a[i];
    i += step_a ? 1 : 0;
    j += step_b ? 1 : 0;
  }
  return common;
}

// The share of each genre among the items; all 0 when none has one.
std::vector<double> shares(const ItemGenres& genres, std::span<const ItemIndex> items) {
  std::vector<double> found(genres.genres(), 0.0);
  double total = 0;
  for (const ItemIndex item : items) {
    const auto of = genres.of(item);
    for (const std::uint32_t genre : of) found[genre] += 1 / static_cast<double>(of.size());
    total += of.empty() ? 0 : 1;
  }
  if (total == 0) return {};
  for (double& share : found) share /= total;
  return found;
}

}  // namespace

ItemGenres::ItemGenres(const Dataset& dataset, const ItemTable& items, const ItemTranslation& translation) {
  const Column* column = genre_column(dataset.catalogue());
  if (column == nullptr) return;
  column_ = column->name;
  std::vector<std::vector<std::uint32_t>> by_item(items.size());
  std::map<std::string_view, std::uint32_t> numbers;
  for (std::size_t row = 0; row < dataset.items(); ++row) {
    const ItemIndex item = translation[static_cast<ItemRow>(row)];
    if (item == kNoItem) continue;
    for (std::int64_t v = column->list_offsets[row]; v < column->list_offsets[row + 1]; ++v) {
      const auto number = static_cast<std::uint32_t>(numbers.size());
      by_item[to_size(item)].push_back(
          numbers.emplace(column->strings[static_cast<std::size_t>(v)], number).first->second);
    }
  }
  names_ = numbers.size();
  offsets_.push_back(0);
  for (std::vector<std::uint32_t>& of : by_item) {
    std::sort(of.begin(), of.end());
    of.erase(std::unique(of.begin(), of.end()), of.end());
    values_.insert(values_.end(), of.begin(), of.end());
    offsets_.push_back(static_cast<std::uint32_t>(values_.size()));
  }
}

std::span<const std::uint32_t> ItemGenres::of(ItemIndex item) const {
  const std::size_t i = to_size(item);
  return std::span(values_).subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
}

double list_diversity(const ItemGenres& genres, std::span<const ItemIndex> list) {
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = i + 1; j < list.size(); ++j) {
      const auto a = genres.of(list[i]), b = genres.of(list[j]);
      if (a.empty() || b.empty()) continue;
      const std::size_t common = in_common(a, b);
      sum += 1 - static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
      ++pairs;
    }
  }
  return pairs == 0 ? kNone : sum / static_cast<double>(pairs);
}

double miscalibration(const ItemGenres& genres, std::span<const ItemIndex> history, std::span<const ItemIndex> list) {
  const std::vector<double> p = shares(genres, history), q = shares(genres, list);
  if (p.empty() || q.empty()) return kNone;
  double divergence = 0;
  for (std::size_t g = 0; g < p.size(); ++g) {
    if (p[g] > 0) divergence += p[g] * std::log(p[g] / ((1 - kSmoothing) * q[g] + kSmoothing * p[g]));
  }
  return divergence;
}

}  // namespace attune
