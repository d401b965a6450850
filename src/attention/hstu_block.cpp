#include "attention/hstu_block.h"

#include <algorithm>

#include "attention/dropout_places.h"
#include "kernels/activation.h"
#include "kernels/vector.h"

namespace attune {
namespace {

using kernels::Accumulate;
using kernels::Activation;

template <class T>
BasicMatrixView<T> columns(BasicMatrixView<T> x, std::size_t number, std::size_t width) {
  return {x.data + number * width, x.rows, width, x.stride};
}

}  // namespace

template <class T>
HstuBlock<T>::HstuBlock(ParameterList& list, const std::string& name, std::size_t number, const NetworkConfig& config)
    : width_(config.width),
      number_(number),
      norm1_(list, name + ".norm1", config.width, config.norm),
      norm2_(list, name + ".norm2", config.width, config.norm),
      projections_(list, name + ".projections", config.width, 4 * config.width, Linear<T>::Bias::kLearned),
      output_(list, name + ".output", config.width, config.width, Linear<T>::Bias::kLearned),
      attention_(list, name, config, place_in_block(number, DropoutPlace::kAttention)) {}

template <class T>
void HstuBlock<T>::pack(const T* parameters, kernels::Products products) {
  projections_.pack(parameters, products);
  output_.pack(parameters, products);
}

template <class T>
BasicMatrixView<T> HstuBlock<T>::project(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                                         Arena<T>& arena) const {
  tape.x = x;
  tape.norm1 = norm1_.forward(x, context.parameters, arena);
  tape.projected = arena.matrix(x.rows, 4 * width_);
  const BasicMatrixView<T> active = arena.matrix(x.rows, 4 * width_);
  projections_.forward(tape.norm1.y, active, arena, Activation::kSilu, tape.projected);
  tape.gate1 = columns(active, 0, width_);
  tape.attention.value = columns(active, 1, width_);
  tape.attention.query = columns(active, 2, width_);
  tape.attention.key = columns(active, 3, width_);
  return active;
}

template <class T>
void HstuBlock<T>::mix(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                       Arena<T>& arena) const {
  tape.norm2 = norm2_.forward(tape.attention.output, context.parameters, arena);
  tape.mixed = arena.matrix(x.rows, width_);
  for (std::size_t t = 0; t < x.rows; ++t) {
    for (std::size_t c = 0; c < width_; ++c) tape.mixed(t, c) = tape.gate1(t, c) * tape.norm2.y(t, c);
  }
  const auto mask = dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kMixed));
  if (mask.drops()) kernels::dropout(mask, 0, tape.mixed.data, x.rows * width_);
  tape.y = arena.matrix(x.rows, width_);
  output_.forward(tape.mixed, tape.y, arena);
  kernels::axpy(T(1), x.data, tape.y.data, x.rows * width_);
}

template <class T>
void HstuBlock<T>::forward(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                           Arena<T>& arena) const {
  project(context, x, tape, arena);
  attention_.forward(context, tape.attention, arena);
  mix(context, x, tape, arena);
}

template <class T>
void HstuBlock<T>::last(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                        Arena<T>& arena) const {
  const BasicMatrixView<T> own = last_rows<T>(context.tokens, project(context, x, tape, arena), arena);
  tape.gate1 = columns(own, 0, width_);
  tape.attention.query = columns(own, 2, width_);
  attention_.last(context, tape.attention, arena);
  mix(context, last_rows(context.tokens, x, arena), tape, arena);
}

template <class T>
void HstuBlock<T>::backward(const BlockContext<T>& context, BlockTape<T>& tape, BasicMatrixView<T> dy,
                            BasicMatrixView<T> dx, T* gradients, Arena<T>& arena) const {
  const std::size_t tokens = dy.rows, values = tokens * width_;
  const BasicMatrixView<T> d_mixed = arena.matrix(tokens, width_), d_norm = arena.matrix(tokens, width_);
  const BasicMatrixView<T> d_active = arena.matrix(tokens, 4 * width_);
  output_.backward(tape.mixed, dy, d_mixed, Accumulate::kNo, gradients, arena);
  const auto mask = dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kMixed));
  if (mask.drops()) kernels::dropout(mask, 0, d_mixed.data, values);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t c = 0; c < width_; ++c) {
      d_active(t, c) = d_mixed(t, c) * tape.norm2.y(t, c);
      d_norm(t, c) = d_mixed(t, c) * tape.gate1(t, c);
    }
  }
  norm2_.backward(tape.norm2, d_norm, d_norm, Accumulate::kNo, context.parameters, gradients);
  attention_.backward(context, tape.attention, d_norm,
                      {columns(d_active, 2, width_), columns(d_active, 3, width_), columns(d_active, 1, width_)},
                      gradients, arena);
  kernels::activate_backward(kernels::Activation::kSilu, tape.projected.data, d_active.data, d_active.data,
                             tokens * 4 * width_);
  projections_.backward(tape.norm1.y, d_active, d_norm, Accumulate::kNo, gradients, arena);
  std::copy_n(dy.data, values, dx.data);
  norm1_.backward(tape.norm1, d_norm, dx, Accumulate::kYes, context.parameters, gradients);
}

template class HstuBlock<float>;
template class HstuBlock<double>;

}  // namespace attune
