#include "training/loss.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/check.h"
#include "kernels/column_sums.h"
#include "kernels/vector.h"

namespace attune {

template <class T>
SequenceLoss<T>::SequenceLoss(const LossConfig& config, const NegativeSampler* sampler, std::size_t items,
                              std::size_t width)
    : config_(config), sampler_(sampler) {
  ATTUNE_CHECK(dense() || config.kind == LossKind::kBucketed || sampler != nullptr);
  if (!dense()) return;
  catalogue_.reserve(items, width);
  if (config.products == kernels::Products::kFloat) return;
  rounded_.reserve(items, width);
  rounded_table_ = AlignedBuffer<kernels::Bf16>(items * width);
}

template <class T>
void SequenceLoss<T>::prepare(BasicMatrixView<const T> table) {
  table_ = table;
  if (!dense()) return;
  table_sum_.assign(table.columns, T(0));
  kernels::add_column_sums(table, table_sum_.data());
  double longest = 0;
  for (std::size_t j = 0; j < table.rows; ++j) {
    const T* row = table.row(j).data();
    longest = std::max(longest, static_cast<double>(kernels::dot(row, row, table.columns)));
  }
  longest_ = std::sqrt(longest);
  catalogue_.pack(table);
  if constexpr (std::is_same_v<T, float>) {
    if (config_.products == kernels::Products::kFloat) return;
    const BasicMatrixView<kernels::Bf16> rounded(rounded_table_.data(), table.rows, table.columns);
    for (std::size_t j = 0; j < table.rows; ++j) {
      kernels::to_bf16(table.row(j).data(), rounded.row(j).data(), table.columns);
    }
    rounded_.pack(rounded);
  }
}

template <class T>
double SequenceLoss<T>::forward_backward(const LossBatch<T>& batch, const LossGradients<T>& gradients,
                                         Arena<T>& arena) const {
  ATTUNE_CHECK(batch.targets.size() == batch.hidden.rows && gradients.hidden.rows == batch.hidden.rows);
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
