#include "training/loss.h"

#include "base/check.h"

namespace attune {

template <class T>
SequenceLoss<T>::SequenceLoss(const LossConfig& config, const NegativeSampler* sampler, std::size_t items,
                              std::size_t width)
    : config_(config), sampler_(sampler) {
  ATTUNE_CHECK(dense() || config.kind == LossKind::kBucketed || sampler != nullptr);
  if (!dense()) return;
  logits_.reserve(width, items);
  backward_.reserve(items, width);
}

template <class T>
void SequenceLoss<T>::prepare(BasicMatrixView<const T> table) {
  table_ = table;
  if (!dense()) return;
  logits_.pack_rows(table);
  backward_.pack_columns(table);
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
