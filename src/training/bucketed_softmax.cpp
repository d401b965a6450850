#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/top_k.h"
#include "kernels/vector.h"
#include "training/loss.h"

// Softmax over hard negatives that random buckets find without looking at all logits (SCE; Mezentsev et al., 2024),
// equation S12. A bucket is a random direction, a mixture of the chunk's hidden vectors: the tokens and the items with
// the largest projections on it meet, and each of its tokens is compared with its own target and those items. A token
// that is in several buckets keeps the largest of its losses; one that is in none has no loss in this step, and the
// others count for it.
namespace attune {
namespace {

template <class T>
std::vector<std::uint32_t> largest(std::span<const T> values, std::size_t count) {
  kernels::TopK<T> top(count);
  top.offer(values, 0);
  std::vector<std::uint32_t> found;
  for (const auto& entry : top.take()) found.push_back(entry.index);
  return found;
}

template <class T>
BasicMatrixView<T> gathered(BasicMatrixView<const T> from, const std::vector<std::uint32_t>& rows, Arena<T>& arena) {
  const BasicMatrixView<T> to = arena.matrix(rows.size(), from.columns);
  for (std::size_t r = 0; r < rows.size(); ++r) std::ranges::copy(from.row(rows[r]), to.row(r).begin());
  return to;
}

// A bucket and what its tokens make of it: row r of `softmax` holds the exponentials of token tokens[r] over items.
template <class T>
struct Bucket {
  std::vector<std::uint32_t> tokens, items;
  BasicMatrixView<T> hidden, rows, softmax;
  std::vector<double> own, sum;  // exponential of the target, and of all
};

// [buckets, D] random mixtures of the hidden vectors.
template <class T>
BasicMatrixView<T> directions(BasicMatrixView<const T> hidden, std::size_t buckets, Rng rng, Arena<T>& arena) {
  const BasicMatrixView<T> mixture = arena.matrix(buckets, hidden.rows);
  for (std::size_t i = 0; i < buckets * hidden.rows; ++i) mixture.data[i] = static_cast<T>(rng.normal());
  const BasicMatrixView<T> found = arena.matrix(buckets, hidden.columns);
  kernels::gemm_nn(mixture, hidden, found, kernels::Accumulate::kNo);
  return found;
}

}  // namespace

template <class T>
double SequenceLoss<T>::bucketed(const LossBatch<T>& batch, const LossGradients<T>& gradients, Arena<T>& arena) const {
  const std::size_t tokens = batch.hidden.rows, width = batch.hidden.columns;
  const auto count = static_cast<std::size_t>(std::ceil(2 * std::sqrt(static_cast<double>(tokens))));
  const double inverse = 1 / config_.temperature;
  const BasicMatrixView<T> random = directions(batch.hidden, count, batch.rng, arena);
  const BasicMatrixView<T> of_tokens = arena.matrix(count, tokens), of_items = arena.matrix(count, table_.rows);
  kernels::gemm_nt(random, batch.hidden, of_tokens, kernels::Accumulate::kNo);
  kernels::gemm_nt(random, table_, of_items, kernels::Accumulate::kNo);

  std::vector<Bucket<T>> buckets(count);
  std::vector<double> worst(tokens, -1);
  std::vector<std::size_t> chosen(tokens, count);
  for (std::size_t b = 0; b < count; ++b) {
    Bucket<T>& bucket = buckets[b];
    bucket.tokens = largest<T>(of_tokens.row(b), count);
    bucket.items = largest<T>(of_items.row(b), std::min(config_.negatives, table_.rows));
    bucket.hidden = gathered(batch.hidden, bucket.tokens, arena);
    bucket.rows = gathered(table_, bucket.items, arena);
    bucket.softmax = arena.matrix(bucket.tokens.size(), bucket.items.size());
    kernels::gemm_nt(bucket.hidden, bucket.rows, bucket.softmax, kernels::Accumulate::kNo);
    for (std::size_t r = 0; r < bucket.tokens.size(); ++r) {
      const std::uint32_t token = bucket.tokens[r], target = batch.targets[token];
      T* row = bucket.softmax.row(r).data();
      kernels::scale(static_cast<T>(inverse), row, bucket.items.size());
      for (std::size_t j = 0; j < bucket.items.size(); ++j) {
        if (bucket.items[j] == target) row[j] = -std::numeric_limits<T>::infinity();
      }
      const T own =
          static_cast<T>(inverse) * kernels::dot(bucket.hidden.row(r).data(), table_.row(target).data(), width);
      const T shift = std::max(own, kernels::max(row, bucket.items.size()));
      bucket.own.push_back(std::exp(static_cast<double>(own - shift)));
      bucket.sum.push_back(kernels::exp_shifted(row, shift, bucket.items.size()) + bucket.own.back());
      const double loss = std::log(bucket.sum.back()) - static_cast<double>(own - shift);
      if (loss > worst[token]) worst[token] = loss, chosen[token] = b;
    }
  }
  const auto met = static_cast<std::size_t>(std::ranges::count_if(chosen, [&](std::size_t b) { return b < count; }));
  const double weight = static_cast<double>(batch.weight) * static_cast<double>(tokens) /
                        static_cast<double>(std::max<std::size_t>(met, 1));
  for (std::size_t t = 0; t < tokens; ++t) std::ranges::fill(gradients.hidden.row(t), T(0));
  double total = 0;
  for (std::size_t b = 0; b < count; ++b) {
    Bucket<T>& bucket = buckets[b];
    for (std::size_t r = 0; r < bucket.tokens.size(); ++r) {
      const std::uint32_t token = bucket.tokens[r], target = batch.targets[token];
      const bool counts = chosen[token] == b;
      const double factor = counts ? weight * inverse / bucket.sum[r] : 0;
      kernels::scale(static_cast<T>(factor), bucket.softmax.row(r).data(), bucket.items.size());
      if (!counts) continue;
      total += weight * worst[token];
      const T own = static_cast<T>(weight * inverse * (bucket.own[r] / bucket.sum[r] - 1));
      kernels::axpy(own, table_.row(target).data(), gradients.hidden.row(token).data(), width);
      kernels::axpy(own, bucket.hidden.row(r).data(), gradients.table.row(target), width);
    }
    const BasicMatrixView<T> d_hidden = arena.matrix(bucket.tokens.size(), width);
    kernels::gemm_nn(bucket.softmax, bucket.rows, d_hidden, kernels::Accumulate::kNo);
    kernels::gemm_tn(bucket.softmax, bucket.hidden, bucket.rows, kernels::Accumulate::kNo);  // rows have served
    for (std::size_t r = 0; r < bucket.tokens.size(); ++r) {
      kernels::axpy(T(1), d_hidden.row(r).data(), gradients.hidden.row(bucket.tokens[r]).data(), width);
    }
    for (std::size_t j = 0; j < bucket.items.size(); ++j) {
      kernels::axpy(T(1), bucket.rows.row(j).data(), gradients.table.row(bucket.items[j]), width);
    }
  }
  return total;
}

template double SequenceLoss<float>::bucketed(const LossBatch<float>&, const LossGradients<float>&,
                                              Arena<float>&) const;
template double SequenceLoss<double>::bucketed(const LossBatch<double>&, const LossGradients<double>&,
                                               Arena<double>&) const;

}  // namespace attune
