#pragma once

#include "attention/block.h"

namespace attune {

// Attention, then a feed-forward layer, in the three forms of BlockKind that have both. Drop is dropout; gates exist
// with kGated alone (sigmoid(g) is 1 otherwise); equations S3 to S5:
//
//   kSasrec           n = norm1(x)   m = n + attention(n, x, x)                         u = norm2(m)   y = u +
//   drop(ff(u)) kPreNorm, kGated  n = norm1(x)   m = x + sigmoid(g1(x)) drop(attention(n, n, n))    u = norm2(m)
//                                                                               y = m + sigmoid(g2(m)) drop(ff(u))
template <class T>
class TransformerBlock final : public Block<T> {
 public:
  TransformerBlock(ParameterList& list, const std::string& name, std::size_t number, const NetworkConfig& config);

  void pack(const T* parameters, kernels::Products products) override;
  void forward(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const override;
  void last(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const override;
  void backward(const BlockContext<T>&, BlockTape<T>&, BasicMatrixView<T> dy, BasicMatrixView<T> dx, T* gradients,
                Arena<T>&) const override;

 private:
  bool sasrec() const { return config_.block == BlockKind::kSasrec; }
  enum class Asking { kAll, kLast };  // all tokens, or the last of each sequence
  // Sets tape.mixed, a row for each of `queries`, which read the tokens' rows of `read`.
  void attend(const BlockContext<T>&, Asking, BasicMatrixView<const T> queries, BasicMatrixView<const T> read,
              BlockTape<T>&, Arena<T>&) const;
  // From tape.mixed, and `x` that passes it by, to tape.y.
  void feed(const BlockContext<T>&, BasicMatrixView<const T> x, BlockTape<T>&, Arena<T>&) const;
  // y = x + value, or x + sigmoid(gate(x)) * value.
  void add(const Linear<T>* gate, BasicMatrixView<const T> x, BasicMatrixView<T> value, BasicMatrixView<T>& gate_tape,
           BasicMatrixView<T> y, Arena<T>&) const;
  // Given dy, sets d_value and adds to dx, which already has dy, what comes through the gate. Spoils the tape.
  void add_backward(const Linear<T>* gate, BasicMatrixView<const T> x, BasicMatrixView<T> value,
                    BasicMatrixView<T> gate_tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                    BasicMatrixView<T> d_value, T* gradients, Arena<T>&) const;
  void attend_backward(const BlockContext<T>&, BlockTape<T>&, BasicMatrixView<const T> d_mixed,
                       BasicMatrixView<T> d_norm1, BasicMatrixView<T> d_read, T* gradients, Arena<T>&) const;

  NetworkConfig config_;
  std::size_t number_;
  Norm<T> norm1_, norm2_;
  Linear<T> query_, key_value_, output_;
  MultiHead<T> attention_;
  FeedForward<T> feed_forward_;
  std::optional<Linear<T>> gate1_, gate2_;
};

}  // namespace attune
