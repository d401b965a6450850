#include "attention/norm.h"

namespace attune {
namespace {

constexpr double kEpsilon = 1e-8;  // SASRec's; rows of embeddings are far from constant

}  // namespace

template <class T>
Norm<T>::Norm(ParameterList& list, const std::string& name, std::size_t width, NormKind kind)
    : kind_(kind), gain_(list.add(name + ".gain", 1, width, Initial::kOne)) {
  if (kind == NormKind::kLayer) shift_ = list.add(name + ".shift", 1, width, Initial::kZero);
}

template <class T>
typename Norm<T>::Tape Norm<T>::forward(BasicMatrixView<const T> x, const T* parameters, Arena<T>& arena) const {
  Tape tape{x, {arena.take(x.rows), arena.take(x.rows)}, arena.matrix(x.rows, x.columns)};
  const kernels::NormWeights<T> weights{parameters + gain_, parameters + shift_};
  if (kind_ == NormKind::kLayer) {
    kernels::layer_norm(x, weights, static_cast<T>(kEpsilon), tape.y, tape.moments);
  } else {
    kernels::rms_norm(x, weights, static_cast<T>(kEpsilon), tape.y, tape.moments);
  }
  return tape;
}

template <class T>
void Norm<T>::backward(const Tape& tape, BasicMatrixView<const T> dy, BasicMatrixView<T> dx,
                       kernels::Accumulate accumulate, const T* parameters, T* gradients) const {
  const kernels::NormWeights<T> weights{parameters + gain_, parameters + shift_};
  const kernels::NormMoments<const T> moments{tape.moments.mean, tape.moments.rstd};
  const kernels::NormGradients<T> sums{gradients + gain_, gradients + shift_};
  if (kind_ == NormKind::kLayer) {
    kernels::layer_norm_backward(tape.x, weights, moments, dy, dx, accumulate, sums);
  } else {
    kernels::rms_norm_backward(tape.x, weights, moments, dy, dx, accumulate, sums);
  }
}

template class Norm<float>;
template class Norm<double>;

}  // namespace attune
