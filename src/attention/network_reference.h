#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "attention/parameters.h"
#include "attention/reference.h"
#include "attention/relative_bias.h"
#include "base/check.h"

// A whole network of sequence attention once more, forward only; it finds its parameters by name. For tests.
namespace attune::reference {

template <class S>
class Network {
 public:
  Network(const NetworkConfig& config, const ParameterList& list, std::span<const S> parameters)
      : config_(config), list_(list), parameters_(parameters) {}

  // The hidden vectors, [T, D], with the item table [V, D].
  Matrix<S> hidden(const Tokens& tokens, const Matrix<S>& table) const {
    Matrix<S> x(tokens.size(), config_.width);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      for (std::size_t c = 0; c < config_.width; ++c) {
        x(t, c) = S(config_.embedding_scale) * table(tokens.items[t], c);
        if (config_.positions) x(t, c) += at("positions")[tokens.positions[t] * config_.width + c];
      }
    }
    for (std::size_t b = 0; b < config_.blocks; ++b) x = block(tokens, x, "block" + std::to_string(b));
    return norm(x, "norm");
  }

 private:
  using Rows = Matrix<S>;

  const S* find(const std::string& name) const {
    for (const Parameter& parameter : list_.all()) {
      if (parameter.name == name) return parameters_.data() + parameter.offset;
    }
    return nullptr;
  }
  const S* at(const std::string& name) const {
    const S* found = find(name);
    ATTUNE_CHECK(found != nullptr);
    return found;
  }
  Rows linear_of(const Rows& x, const std::string& name, std::size_t out) const {
    return linear(x, at(name + ".weight"), find(name + ".bias"), out);
  }
  Rows norm(const Rows& x, const std::string& name) const {
    if (config_.norm == NormKind::kLayer) return layer_norm(x, at(name + ".gain"), at(name + ".shift"), 1e-8);
    return rms_norm(x, at(name + ".gain"), 1e-8);
  }

  Rows attended(const Tokens& tokens, const Rows& q, const Rows& k, const Rows& v, const AttentionForm& form,
                const std::string& name) const {
    Rows out(q.rows, config_.width);
    const std::size_t width = config_.width / config_.heads;
    for (std::size_t b = 0; b < tokens.sequences(); ++b) {
      const Rows bias = bias_of(tokens, b, name);
      for (std::size_t h = 0; h < config_.heads; ++h) {
        causal_attention(q, k, v, tokens.begin(b), tokens.length(b), h * width, width, form, &bias, out);
      }
    }
    return out;
  }

  Rows bias_of(const Tokens& tokens, std::size_t sequence, const std::string& name) const {
    const std::size_t begin = tokens.begin(sequence), length = tokens.length(sequence);
    Rows bias(length, length);
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        if (config_.position_bias) bias(i, j) += at(name + ".bias.position")[std::min(i - j, config_.max_history - 1)];
        if (config_.time_bias) {
          bias(i, j) += at(name + ".bias.time")[time_bucket(tokens.query_times[begin + i] - tokens.times[begin + j])];
        }
      }
    }
    return bias;
  }

  Rows feed_forward(const Rows& x, const std::string& name) const {
    Rows hidden = linear_of(x, name + ".first", config_.inner);
    if (config_.feed_forward == FeedForwardKind::kRelu) {
      hidden = mapped(hidden, [](S v) { return real_of(v) > 0 ? v : S(0); });
    } else if (config_.feed_forward == FeedForwardKind::kGelu) {
      hidden = mapped(hidden, gelu<S>);
    } else {
      hidden = product(mapped(linear_of(x, name + ".gate", config_.inner), silu<S>), hidden);
    }
    return linear_of(hidden, name + ".second", config_.width);
  }

  Rows block(const Tokens& tokens, const Rows& x, const std::string& name) const {
    if (config_.block == BlockKind::kHstu) return hstu_block(tokens, x, name);
    const std::size_t width = config_.width;
    const AttentionForm form{1 / std::sqrt(static_cast<double>(width / config_.heads)), false, 1};
    const Rows first = norm(x, name + ".norm1");
    const Rows& read = config_.block == BlockKind::kSasrec ? x : first;  // keys and values are of the raw input there
    const Rows q = linear_of(first, name + ".query", width);
    const Rows kv = linear_of(read, name + ".key_value", 2 * width);
    const Rows mixed = linear_of(attended(tokens, q, columns(kv, 0, width), columns(kv, width, width), form, name),
                                 name + ".output", width);
    if (config_.block == BlockKind::kSasrec) {
      const Rows y = norm(sum(first, mixed), name + ".norm2");
      return sum(y, feed_forward(y, name + ".feed_forward"));
    }
    const Rows middle = sum(x, gated(x, mixed, name + ".gate1"));
    return sum(middle,
               gated(middle, feed_forward(norm(middle, name + ".norm2"), name + ".feed_forward"), name + ".gate2"));
  }

  Rows gated(const Rows& x, const Rows& value, const std::string& name) const {
    if (config_.block != BlockKind::kGated) return value;
    return product(mapped(linear_of(x, name, config_.width), sigmoid<S>), value);
  }

  Rows hstu_block(const Tokens& tokens, const Rows& x, const std::string& name) const {
    const std::size_t width = config_.width;
    const Rows all = mapped(linear_of(norm(x, name + ".norm1"), name + ".projections", 4 * width), silu<S>);
    const AttentionForm form{1, true, static_cast<double>(config_.max_history)};
    const Rows mixed = attended(tokens, columns(all, 2 * width, width), columns(all, 3 * width, width),
                                columns(all, width, width), form, name);
    return sum(x, linear_of(product(columns(all, 0, width), norm(mixed, name + ".norm2")), name + ".output", width));
  }

  static Rows columns(const Rows& x, std::size_t first, std::size_t count) {
    Rows part(x.rows, count);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < count; ++c) part(r, c) = x(r, first + c);
    }
    return part;
  }

  const NetworkConfig& config_;
  const ParameterList& list_;
  std::span<const S> parameters_;
};

}  // namespace attune::reference
