#include "attention/transformer_block.h"

#include <algorithm>

#include "attention/dropout_places.h"
#include "kernels/activation.h"
#include "kernels/vector.h"

namespace attune {
namespace {

using kernels::Accumulate;

template <class T>
void copy(BasicMatrixView<const T> from, BasicMatrixView<T> to) {
  std::copy_n(from.data, from.rows * from.columns, to.data);
}
template <class T>
void drop(const kernels::DropoutMask& mask, BasicMatrixView<T> x) {
  if (mask.drops()) kernels::dropout(mask, 0, x.data, x.rows * x.columns);
}
template <class T>
BasicMatrixView<T> columns(BasicMatrixView<T> x, std::size_t first, std::size_t count) {
  return {x.data + first, x.rows, count, x.stride};
}

}  // namespace

template <class T>
TransformerBlock<T>::TransformerBlock(ParameterList& list, const std::string& name, std::size_t number,
                                      const NetworkConfig& config)
    : config_(config),
      number_(number),
      norm1_(list, name + ".norm1", config.width, config.norm),
      norm2_(list, name + ".norm2", config.width, config.norm),
      query_(list, name + ".query", config.width, config.width, Linear<T>::Bias::kLearned),
      key_value_(list, name + ".key_value", config.width, 2 * config.width, Linear<T>::Bias::kLearned),
      output_(list, name + ".output", config.width, config.width, Linear<T>::Bias::kLearned),
      attention_(list, name, config, place_in_block(number, DropoutPlace::kAttention)),
      feed_forward_(list, name + ".feed_forward", config) {
  if (config.block != BlockKind::kGated) return;
  gate1_.emplace(list, name + ".gate1", config.width, config.width, Linear<T>::Bias::kLearned);
  gate2_.emplace(list, name + ".gate2", config.width, config.width, Linear<T>::Bias::kLearned);
}

template <class T>
void TransformerBlock<T>::pack(const T* parameters, kernels::Products products) {
  for (Linear<T>* layer : {&query_, &key_value_, &output_}) layer->pack(parameters, products);
  if (gate1_) gate1_->pack(parameters, products);
  if (gate2_) gate2_->pack(parameters, products);
  feed_forward_.pack(parameters, products);
}

template <class T>
void TransformerBlock<T>::attend(const BlockContext<T>& context, Asking asking, BasicMatrixView<const T> queries,
                                 BasicMatrixView<const T> read, BlockTape<T>& tape, Arena<T>& arena) const {
  const std::size_t width = config_.width;
  const BasicMatrixView<T> query = arena.matrix(queries.rows, width), key_value = arena.matrix(read.rows, 2 * width);
  query_.forward(queries, query, arena);
  key_value_.forward(read, key_value, arena);
  tape.attention.query = query;
  tape.attention.key = columns(key_value, 0, width);
  tape.attention.value = columns(key_value, width, width);
  if (asking == Asking::kAll) {
    attention_.forward(context, tape.attention, arena);
  } else {
    attention_.last(context, tape.attention, arena);
  }
  tape.mixed = arena.matrix(queries.rows, width);
  output_.forward(tape.attention.output, tape.mixed, arena);
}

template <class T>
void TransformerBlock<T>::add(const Linear<T>* gate, BasicMatrixView<const T> x, BasicMatrixView<T> value,
                              BasicMatrixView<T>& gate_tape, BasicMatrixView<T> y, Arena<T>& arena) const {
  if (gate == nullptr) {
    kernels::add(x.data, value.data, y.data, x.rows * x.columns);
    return;
  }
  gate_tape = arena.matrix(x.rows, x.columns);
  gate->forward(x, gate_tape, arena);
  kernels::gated_residual(x.data, {gate_tape.data, value.data}, y.data, x.rows * x.columns);
}

template <class T>
void TransformerBlock<T>::feed(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                               Arena<T>& arena) const {
  tape.middle = arena.matrix(x.rows, config_.width);
  tape.y = arena.matrix(x.rows, config_.width);
  const auto inner = dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kInner));
  const auto last = dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kFeedForward));
  if (!sasrec()) drop(dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kMixed)), tape.mixed);
  add(gate1_ ? &*gate1_ : nullptr, x, tape.mixed, tape.gate1, tape.middle, arena);
  tape.norm2 = norm2_.forward(tape.middle, context.parameters, arena);
  tape.feed_forward = feed_forward_.forward(tape.norm2.y, inner, arena);
  drop(last, tape.feed_forward.y);
  add(gate2_ ? &*gate2_ : nullptr, sasrec() ? BasicMatrixView<const T>(tape.norm2.y) : tape.middle, tape.feed_forward.y,
      tape.gate2, tape.y, arena);
}

template <class T>
void TransformerBlock<T>::forward(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                                  Arena<T>& arena) const {
  tape.x = x;
  tape.norm1 = norm1_.forward(x, context.parameters, arena);
  attend(context, Asking::kAll, tape.norm1.y, sasrec() ? x : tape.norm1.y, tape, arena);
  feed(context, sasrec() ? tape.norm1.y : x, tape, arena);
}

template <class T>
void TransformerBlock<T>::last(const BlockContext<T>& context, BasicMatrixView<const T> x, BlockTape<T>& tape,
                               Arena<T>& arena) const {
  const BasicMatrixView<const T> own = last_rows(context.tokens, x, arena);
  tape.norm1 = norm1_.forward(sasrec() ? own : x, context.parameters, arena);
  if (sasrec()) {
    attend(context, Asking::kLast, tape.norm1.y, x, tape, arena);
    feed(context, tape.norm1.y, tape, arena);
  } else {
    attend(context, Asking::kLast, last_rows<T>(context.tokens, tape.norm1.y, arena), tape.norm1.y, tape, arena);
    feed(context, own, tape, arena);
  }
}

template <class T>
void TransformerBlock<T>::add_backward(const Linear<T>* gate, BasicMatrixView<const T> x, BasicMatrixView<T> value,
                                       BasicMatrixView<T> gate_tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                                       BasicMatrixView<T> d_value, T* gradients, Arena<T>& arena) const {
  if (gate == nullptr) {
    copy(dy, d_value);
    return;
  }
  kernels::gated_residual_backward({gate_tape.data, value.data}, dy.data, {gate_tape.data, d_value.data},
                                   dy.rows * dy.columns);
  gate->backward(x, gate_tape, dx, Accumulate::kYes, gradients, arena);
}

template <class T>
void TransformerBlock<T>::attend_backward(const BlockContext<T>& context, BlockTape<T>& tape,
                                          BasicMatrixView<const T> d_mixed, BasicMatrixView<T> d_norm1,
                                          BasicMatrixView<T> d_read, T* gradients, Arena<T>& arena) const {
  const std::size_t tokens = tape.x.rows, width = config_.width;
  const BasicMatrixView<T> d_output = arena.matrix(tokens, width), d_query = arena.matrix(tokens, width);
  const BasicMatrixView<T> d_key_value = arena.matrix(tokens, 2 * width);
  output_.backward(tape.attention.output, d_mixed, d_output, Accumulate::kNo, gradients, arena);
  attention_.backward(context, tape.attention, d_output,
                      {d_query, columns(d_key_value, 0, width), columns(d_key_value, width, width)}, gradients, arena);
  query_.backward(tape.norm1.y, d_query, d_norm1, Accumulate::kYes, gradients, arena);
  key_value_.backward(sasrec() ? tape.x : tape.norm1.y, d_key_value, d_read,
                      sasrec() ? Accumulate::kNo : Accumulate::kYes, gradients, arena);
}

template <class T>
void TransformerBlock<T>::backward(const BlockContext<T>& context, BlockTape<T>& tape, BasicMatrixView<T> dy,
                                   BasicMatrixView<T> dx, T* gradients, Arena<T>& arena) const {
  const std::size_t tokens = dy.rows, width = config_.width;
  const BasicMatrixView<T> d_value = arena.matrix(tokens, width), d_middle = arena.matrix(tokens, width);
  // What passes SASRec's layers by is their norms' output, so its gradient is where theirs begins.
  const BasicMatrixView<T> d_norm2 = sasrec() ? dy : arena.matrix(tokens, width);
  const BasicMatrixView<T> d_norm1 = sasrec() ? d_middle : arena.matrix(tokens, width);
  const auto last = dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kFeedForward));

  // The feed-forward layer: d_middle gets what passes it by, then what comes through it.
  if (!sasrec()) copy<T>(dy, d_middle);
  add_backward(gate2_ ? &*gate2_ : nullptr, tape.middle, tape.feed_forward.y, tape.gate2, dy, d_middle, d_value,
               gradients, arena);
  drop(last, d_value);
  feed_forward_.backward(tape.feed_forward, d_value, d_norm2, sasrec() ? Accumulate::kYes : Accumulate::kNo, gradients,
                         arena);
  norm2_.backward(tape.norm2, d_norm2, d_middle, sasrec() ? Accumulate::kNo : Accumulate::kYes, context.parameters,
                  gradients);

  // Attention.
  if (sasrec()) {
    attend_backward(context, tape, d_middle, d_norm1, dx, gradients, arena);
  } else {
    copy<T>(d_middle, dx);
    add_backward(gate1_ ? &*gate1_ : nullptr, tape.x, tape.mixed, tape.gate1, d_middle, dx, d_value, gradients, arena);
    drop(dropout_at(context.dropout, place_in_block(number_, DropoutPlace::kMixed)), d_value);
    std::fill_n(d_norm1.data, tokens * width, T(0));
    attend_backward(context, tape, d_value, d_norm1, d_norm1, gradients, arena);
  }
  norm1_.backward(tape.norm1, d_norm1, dx, Accumulate::kYes, context.parameters, gradients);
}

template class TransformerBlock<float>;
template class TransformerBlock<double>;

}  // namespace attune
