#include "models/sequence/sequence_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "attention/unit_vector.h"
#include "base/check.h"
#include "kernels/gemm.h"
#include "kernels/vector.h"
#include "models/model.h"
#include "models/sequence/sequence_tensors.h"

namespace attune {
namespace {

// Histories are encoded this many tokens at a time, so that activations stay in the cache.
constexpr std::size_t kTokens = 240;

}  // namespace

struct SequenceModel::Desk {
  SequenceNetwork<float>::Workspace work;
  std::vector<std::uint32_t> offsets, items, positions;
  std::vector<double> times, query_times;
  std::vector<float> gradients;  // of the parameters; written, never read
};

// A desk for the time of one call: taken from those that stand free, or a new one.
class SequenceModel::Borrowed {
 public:
  explicit Borrowed(const SequenceModel& model) : model_(model) {
    const std::lock_guard lock(model.desks_lock_);
    if (model.desks_.empty()) {
      desk_ = std::make_unique<Desk>();
    } else {
      desk_ = std::move(model.desks_.back());
      model.desks_.pop_back();
    }
  }
  ~Borrowed() {
    const std::lock_guard lock(model_.desks_lock_);
    model_.desks_.push_back(std::move(desk_));
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  Desk& operator*() { return *desk_; }

 private:
  const SequenceModel& model_;
  std::unique_ptr<Desk> desk_;
};

SequenceModel::SequenceModel(const SequenceConfig& config, Tensors tensors)
    : config_(config), tensors_(std::move(tensors)), network_(config.network()) {
  ATTUNE_CHECK(tensors_.parameters.size() == network_.parameters().size());
  ATTUNE_CHECK(tensors_.log_counts.size() == items());
  network_.pack(tensors_.parameters.data());
  answers_ = tensors_.table;
  if (config.logits != "cosine") return;
  units_ = AlignedBuffer<float>(items() * tensors_.table.columns);
  const MutableMatrixView units(units_.data(), items(), tensors_.table.columns);
  for (std::size_t j = 0; j < items(); ++j) {
    unit_vector(tensors_.table.row(j).data(), units.row(j).data(), units.columns);
  }
  answers_ = units;
}

SequenceModel::~SequenceModel() = default;

Tokens SequenceModel::laid_out(std::span<const Query> queries, Desk& desk) const {
  const auto most = static_cast<std::size_t>(config_.max_history);
  const TimeUse use = config_.time_use();
  desk.offsets.assign(1, 0);
  desk.items.clear(), desk.positions.clear(), desk.times.clear(), desk.query_times.clear();
  for (const Query& query : queries) {
    const History history = query.history.newest(most);
    const std::size_t count = history.size();
    for (std::size_t i = 0; i < count; ++i) {
      ATTUNE_CHECK(to_size(history.items[i]) < items());
      desk.items.push_back(static_cast<std::uint32_t>(history.items[i]));
      desk.positions.push_back(static_cast<std::uint32_t>(most - count + i));
      if (use == TimeUse::kNone) continue;
      // A history without times is one whose events are all of the same instant.
      const auto seconds = [&](std::size_t e) {
        return history.times.empty() ? 0.0 : static_cast<double>(history.times[e]) * 1e-6;
      };
      desk.times.push_back(seconds(i));
      const bool last = i + 1 == count;
      const bool told = last && query.when && !history.times.empty();
      const double asked = told ? static_cast<double>(*query.when) * 1e-6 : seconds(last ? i : i + 1);
      desk.query_times.push_back(use == TimeUse::kQuery ? asked : seconds(i));
    }
    desk.offsets.push_back(static_cast<std::uint32_t>(desk.items.size()));
  }
  return {desk.offsets, desk.items, desk.positions, desk.times, desk.query_times};
}

void SequenceModel::encode(std::span<const Query> queries, MutableMatrixView out) const {
  ATTUNE_CHECK(out.rows == queries.size() && out.columns == tensors_.table.columns);
  Borrowed borrowed(*this);
  const auto most = static_cast<std::size_t>(config_.max_history);
  for (std::size_t first = 0; first < queries.size();) {
    std::size_t last = first, tokens = 0;
    do tokens += std::min(most, queries[last++].history.size());
    while (last < queries.size() && tokens + std::min(most, queries[last].history.size()) <= kTokens);
    const Tokens laid = laid_out(queries.subspan(first, last - first), *borrowed);
    const MatrixView hidden = network_.encode(laid, tensors_.table, (*borrowed).work);
    for (std::size_t q = first; q < last; ++q) std::ranges::copy(hidden.row(q - first), out.row(q).begin());
    first = last;
  }
}

void SequenceModel::score(std::span<const Query> queries, MutableMatrixView scores) const {
  ATTUNE_CHECK(scores.rows == queries.size() && scores.columns == items());
  std::vector<Query> known;
  for (const Query& query : queries) {
    if (!query.history.empty()) known.push_back(query);
  }
  std::vector<float> buffer(known.size() * tensors_.table.columns);
  const MutableMatrixView hidden(buffer.data(), known.size(), tensors_.table.columns);
  encode(known, hidden);
  if (known.size() == queries.size()) {
    kernels::gemm_nt(hidden, answers_, scores, kernels::Accumulate::kNo);
    return;
  }
  for (std::size_t q = 0, row = 0; q < queries.size(); ++q) {
    if (queries[q].history.empty()) {
      std::ranges::copy(tensors_.log_counts, scores.row(q).begin());
    } else {
      kernels::gemm_nt(hidden.rows_from(row++, 1), answers_, scores.rows_from(q, 1), kernels::Accumulate::kNo);
    }
  }
}

std::vector<float> SequenceModel::contributions(const Query& query, ItemIndex item) const {
  ATTUNE_CHECK(to_size(item) < items());
  std::vector<float> found(query.history.size(), 0.0F);
  if (query.history.empty()) return found;
  Borrowed borrowed(*this);
  Desk& desk = *borrowed;
  desk.gradients.assign(tensors_.parameters.size(), 0.0F);
  const Tokens tokens = laid_out({&query, 1}, desk);
  network_.forward(tokens, tensors_.table, {}, desk.work);
  const MutableMatrixView d_hidden = desk.work.arena.matrix(tokens.size(), tensors_.table.columns);
  std::fill_n(d_hidden.data, tokens.size() * tensors_.table.columns, 0.0F);
  std::ranges::copy(answers_.row(to_size(item)), d_hidden.row(tokens.size() - 1).begin());
  const MatrixView d_items = network_.backward(tokens, d_hidden, {}, desk.gradients.data(), desk.work);
  const std::size_t unread = query.history.size() - tokens.size();
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    found[unread + t] =
        kernels::dot(d_items.row(t).data(), tensors_.table.row(tokens.items[t]).data(), tensors_.table.columns);
  }
  return found;
}

std::vector<float> SequenceModel::similar(ItemIndex item) const {
  ATTUNE_CHECK(to_size(item) < items());
  const std::size_t width = tensors_.table.columns;
  const float* own = tensors_.table.row(to_size(item)).data();
  std::vector<float> found(items());
  for (std::size_t j = 0; j < items(); ++j) {
    const float* other = tensors_.table.row(j).data();
    const float length = std::sqrt(kernels::dot(other, other, width) * kernels::dot(own, own, width));
    found[j] = length > 0 ? kernels::dot(own, other, width) / length : -std::numeric_limits<float>::infinity();
  }
  return found;
}

void SequenceModel::save(ModelWriter& writer) const {
  for (const Parameter& parameter : network_.parameters().all()) {
    writer.add(kParameterPrefix + parameter.name, {parameter.rows, parameter.columns},
               tensors_.parameters.subspan(parameter.offset, parameter.size()));
  }
  writer.add(kItemVectors, {items(), tensors_.table.columns},
             std::span(tensors_.table.data, items() * tensors_.table.columns));
  writer.add(kLogCounts, {items()}, tensors_.log_counts);
}

}  // namespace attune
