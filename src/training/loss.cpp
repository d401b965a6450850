#include "training/loss.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "attention/unit_vector.h"
#include "base/check.h"
#include "kernels/column_sums.h"
#include "kernels/vector.h"

namespace attune {
namespace {

// The gradient of x, given that of its unit vector u: (g - u (u · g)) / |x|. `to` may be g.
template <class T>
void turn_gradient(const T* unit, T length, const T* g, T* to, std::size_t n) {
  const T along = kernels::dot(unit, g, n);
  for (std::size_t i = 0; i < n; ++i) to[i] = (g[i] - unit[i] * along) / length;
}

}  // namespace

template <class T>
SequenceLoss<T>::SequenceLoss(const LossConfig& config, const NegativeSampler* sampler, std::size_t items,
                              std::size_t width)
    : config_(config), sampler_(sampler) {
  ATTUNE_CHECK(dense() || config.kind == LossKind::kBucketed || sampler != nullptr);
  if (config.cosine) units_ = AlignedBuffer<T>(items * width);
  if (!dense()) return;
  if (rounds()) {
    rounded_.reserve(items, width);
  } else {
    catalogue_.reserve(items, width);
  }
}

template <class T>
void SequenceLoss<T>::prepare(BasicMatrixView<const T> table) {
  table_ = table;
  if (config_.cosine) {
    lengths_.resize(table.rows);
    const BasicMatrixView<T> units(units_.data(), table.rows, table.columns);
    for (std::size_t j = 0; j < table.rows; ++j) {
      lengths_[j] = unit_vector(table.row(j).data(), units.row(j).data(), table.columns);
    }
    table_ = table = units;
  }
  if (!dense()) return;
  if (config_.label_smoothing > 0) {
    table_sum_.assign(table.columns, T(0));
    kernels::add_column_sums(table, table_sum_.data());
  }
  double longest = 0;
  for (std::size_t j = 0; j < table.rows; ++j) {
    const T* row = table.row(j).data();
    longest = std::max(longest, static_cast<double>(kernels::dot(row, row, table.columns)));
  }
  longest_ = std::sqrt(longest);
  if constexpr (std::is_same_v<T, float>) {
    if (rounds()) return rounded_.pack(table);
  }
  catalogue_.pack(table);
}

template <class T>
double SequenceLoss<T>::forward_backward(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                         Arena<T>& arena) const {
  ATTUNE_CHECK(batch.targets.size() == batch.hidden.rows && gradients.hidden.rows == batch.hidden.rows);
  if (!config_.cosine) return of_logits(batch, gradients, arena);
  const std::size_t width = batch.hidden.columns;
  const BasicMatrixView<T> units = arena.matrix(batch.hidden.rows, width);
  T* lengths = arena.take(batch.hidden.rows);
  for (std::size_t t = 0; t < batch.hidden.rows; ++t) {
    lengths[t] = unit_vector(batch.hidden.row(t).data(), units.row(t).data(), width);
  }
  LossBatch<T> of_units = batch;
  of_units.hidden = units;
  const double loss = of_logits(of_units, gradients, arena);
  for (std::size_t t = 0; t < batch.hidden.rows; ++t) {
    T* gradient = gradients.hidden.row(t).data();
    turn_gradient(units.row(t).data(), lengths[t], gradient, gradient, width);
  }
  return loss;
}

template <class T>
void SequenceLoss<T>::finish(TableGradient<T>& units, TableGradient<T>& to) const {
  const std::size_t width = table_.columns;
  std::vector<T> turned(width);
  const auto add = [&](std::uint32_t item) {
    turn_gradient(table_.row(item).data(), lengths_[item], units.row(item), turned.data(), width);
    kernels::axpy(T(1), turned.data(), to.row(item), width);
  };
  if (units.form() == TableGradient<T>::Form::kSparse) {
    for (const std::uint32_t item : units.touched()) add(item);
    units.clear();
    return;
  }
  for (std::uint32_t item = 0; item < table_.rows; ++item) add(item);
  const BasicMatrixView<T> all = units.matrix();
  std::fill_n(all.data, all.rows * all.columns, T(0));
}

template <class T>
double SequenceLoss<T>::of_logits(const LossBatch<T>& batch, const LossGradients<T>& gradients, Arena<T>& arena) const {
  switch (config_.kind) {
    case LossKind::kCrossEntropy:
      return cross_entropy(batch, gradients, arena);
    case LossKind::kSampledSoftmax:
      return sampled_softmax(batch, gradients, arena);
    case LossKind::kBce:
    case LossKind::kGbce:
      return binary(batch, gradients, arena);
    case LossKind::kBucketed:
      return bucketed(batch, gradients, arena);
  }
  return 0;
}

template class SequenceLoss<float>;
template class SequenceLoss<double>;

}  // namespace attune
