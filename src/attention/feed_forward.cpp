#include "attention/feed_forward.h"

#include "kernels/activation.h"

namespace attune {
namespace {

kernels::Activation activation_of(FeedForwardKind kind) {
  return kind == FeedForwardKind::kRelu ? kernels::Activation::kRelu : kernels::Activation::kGelu;
}

}  // namespace

template <class T>
FeedForward<T>::FeedForward(ParameterList& list, const std::string& name, const NetworkConfig& config)
    : kind_(config.feed_forward),
      inner_(config.inner),
      first_(list, name + ".first", config.width, config.inner, Layer::Bias::kLearned),
      second_(list, name + ".second", config.inner, config.width, Layer::Bias::kLearned) {
  if (kind_ == FeedForwardKind::kSwiglu) {
    gate_.emplace(list, name + ".gate", config.width, config.inner, Layer::Bias::kLearned);
  }
}

template <class T>
void FeedForward<T>::pack(const T* parameters, kernels::Products products) {
  first_.pack(parameters, products);
  if (gate_) gate_->pack(parameters, products);
  second_.pack(parameters, products);
}

template <class T>
typename FeedForward<T>::Tape FeedForward<T>::forward(BasicMatrixView<const T> x, const kernels::DropoutMask& mask,
                                                      Arena<T>& arena) const {
  Tape tape;
  tape.x = x;
  tape.mask = mask;
  tape.hidden = arena.matrix(x.rows, inner_);
  if (gate_) {
    tape.before = arena.matrix(x.rows, inner_);
    tape.value = arena.matrix(x.rows, inner_);
    gate_->forward(x, tape.before, arena);
    first_.forward(x, tape.value, arena);
    kernels::swiglu({tape.before.data, tape.value.data}, tape.hidden.data, x.rows * inner_);
  } else {
    if (kind_ == FeedForwardKind::kGelu) tape.before = arena.matrix(x.rows, inner_);
    first_.forward(x, tape.hidden, arena, activation_of(kind_), tape.before);
  }
  if (mask.drops()) kernels::dropout(mask, 0, tape.hidden.data, x.rows * inner_);
  tape.y = arena.matrix(x.rows, x.columns);
  second_.forward(tape.hidden, tape.y, arena);
  return tape;
}

template <class T>
void FeedForward<T>::backward(const Tape& tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                              kernels::Accumulate accumulate, T* gradients, Arena<T>& arena) const {
  const std::size_t values = tape.hidden.rows * inner_;
  const BasicMatrixView<T> d_hidden = arena.matrix(tape.hidden.rows, inner_);
  second_.backward(tape.hidden, dy, d_hidden, kernels::Accumulate::kNo, gradients, arena);
  if (tape.mask.drops()) kernels::dropout(tape.mask, 0, d_hidden.data, values);
  switch (kind_) {
    case FeedForwardKind::kRelu:  // where hidden is not positive, the unit was off or has been dropped
      kernels::activate_backward(kernels::Activation::kRelu, tape.hidden.data, d_hidden.data, d_hidden.data, values);
      break;
    case FeedForwardKind::kGelu:
      kernels::activate_backward(kernels::Activation::kGelu, tape.before.data, d_hidden.data, d_hidden.data, values);
      break;
    case FeedForwardKind::kSwiglu:
      kernels::swiglu_backward({tape.before.data, tape.value.data}, d_hidden.data, {tape.before.data, tape.value.data},
                               values);
      gate_->backward(tape.x, tape.before, dx, accumulate, gradients, arena);
      first_.backward(tape.x, tape.value, dx, kernels::Accumulate::kYes, gradients, arena);
      return;
  }
  first_.backward(tape.x, d_hidden, dx, accumulate, gradients, arena);
}

template class FeedForward<float>;
template class FeedForward<double>;

}  // namespace attune
