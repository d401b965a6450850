#include "attention/multi_head.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace attune {
namespace {

// Columns [first, first + count) of rows [begin, begin + length).
template <class T>
BasicMatrixView<T> part(BasicMatrixView<T> x, std::size_t begin, std::size_t length, std::size_t first,
                        std::size_t count) {
  return {x.data + begin * x.stride + first, length, count, x.stride};
}

std::size_t longest(const Tokens& tokens) {
  std::size_t found = 0;
  for (std::size_t b = 0; b < tokens.sequences(); ++b) found = std::max(found, tokens.length(b));
  return found;
}

}  // namespace

template <class T>
MultiHead<T>::MultiHead(ParameterList& list, const std::string& name, const NetworkConfig& config,
                        std::size_t dropout_place)
    : config_(config),
      head_width_(config.width / config.heads),
      dropout_place_(dropout_place),
      bias_(list, name + ".bias", config) {}

template <class T>
kernels::AttentionInputs<T> MultiHead<T>::inputs(const BlockContext<T>& context, const Tape& tape,
                                                 BasicMatrixView<const T> query, std::size_t sequence, std::size_t head,
                                                 BasicMatrixView<const T> bias) const {
  const std::size_t begin = context.tokens.begin(sequence), length = context.tokens.length(sequence);
  const std::size_t first = head * head_width_;
  kernels::AttentionInputs<T> in;
  in.query = query;
  in.key = part(tape.key, begin, length, first, head_width_);
  in.value = part(tape.value, begin, length, first, head_width_);
  in.bias = bias;
  if (config_.block == BlockKind::kHstu) {
    in.weighting = kernels::Weighting::kSilu;
    in.silu_scale = T(1) / static_cast<T>(config_.max_history);
  } else {
    in.scale = T(1) / std::sqrt(static_cast<T>(head_width_));
  }
  // Tokens of a piece of work are fewer than 2^24: a stream for each pair of first token and head.
  in.dropout = dropout_at(context.dropout, dropout_place_, (begin * config_.heads + head + 1) << 24);
  return in;
}

template <class T>
BasicMatrixView<T> MultiHead<T>::bias_of(const BlockContext<T>& context, std::size_t sequence, std::size_t queries,
                                         Arena<T>& arena) const {
  if (!bias_.any()) return {};
  const std::size_t length = context.tokens.length(sequence);
  const BasicMatrixView<T> bias = arena.matrix(queries, length);
  bias_.forward(length, context.buckets.empty() ? nullptr : context.buckets[sequence], context.parameters, bias);
  return bias;
}

template <class T>
void MultiHead<T>::forward(const BlockContext<T>& context, Tape& tape, Arena<T>& arena) const {
  const Tokens& tokens = context.tokens;
  T* scratch = arena.take(kernels::attention_scratch_values(shape(longest(tokens))));
  tape.output = arena.matrix(tokens.size(), config_.width);
  tape.kept.clear();
  for (std::size_t b = 0; b < tokens.sequences(); ++b) {
    const BasicMatrixView<T> bias = bias_of(context, b, tokens.length(b), arena);
    for (std::size_t head = 0; head < config_.heads; ++head) {
      const auto of_head = [&](auto x) {
        return part(x, tokens.begin(b), tokens.length(b), head * head_width_, head_width_);
      };
      tape.kept.push_back(arena.take(kernels::attention_kept_values(shape(tokens.length(b)))));
      kernels::attention(inputs(context, tape, of_head(tape.query), b, head, bias), of_head(tape.output),
                         tape.kept.back(), scratch);
    }
  }
}

template <class T>
void MultiHead<T>::last(const BlockContext<T>& context, Tape& tape, Arena<T>& arena) const {
  ATTUNE_CHECK(context.dropout.rate == 0);
  const Tokens& tokens = context.tokens;
  T* scratch = arena.take(longest(tokens));
  tape.output = arena.matrix(tokens.sequences(), config_.width);
  for (std::size_t b = 0; b < tokens.sequences(); ++b) {
    const auto mark = arena.mark();
    const BasicMatrixView<T> bias = bias_of(context, b, 1, arena);
    for (std::size_t head = 0; head < config_.heads; ++head) {
      const std::size_t first = head * head_width_;
      kernels::attention_of_one(inputs(context, tape, part(tape.query, b, 1, first, head_width_), b, head, bias),
                                tape.output.row(b).data() + first, scratch);
    }
    arena.reset(mark);
  }
}

template <class T>
void MultiHead<T>::backward(const BlockContext<T>& context, const Tape& tape, BasicMatrixView<const T> d_output,
                            const Gradients& to, T* gradients, Arena<T>& arena) const {
  const Tokens& tokens = context.tokens;
  T* scratch = arena.take(kernels::attention_scratch_values(shape(longest(tokens))));
  for (std::size_t b = 0; b < tokens.sequences(); ++b) {
    const std::size_t begin = tokens.begin(b), length = tokens.length(b);
    const BasicMatrixView<T> bias = bias_of(context, b, tokens.length(b), arena);
    const BasicMatrixView<T> d_logits = bias_.any() ? arena.matrix(length, length) : BasicMatrixView<T>();
    for (std::size_t head = 0; head < config_.heads; ++head) {
      const auto of_head = [&](auto x) { return part(x, begin, length, head * head_width_, head_width_); };
      kernels::attention_backward(inputs(context, tape, of_head(tape.query), b, head, bias), of_head(tape.output),
                                  tape.kept[b * config_.heads + head], of_head(d_output),
                                  {of_head(to.query), of_head(to.key), of_head(to.value), d_logits}, scratch);
      if (bias_.any()) {
        bias_.backward(length, context.buckets.empty() ? nullptr : context.buckets[b], d_logits, gradients);
      }
    }
  }
}

template class MultiHead<float>;
template class MultiHead<double>;

}  // namespace attune
