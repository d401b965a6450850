#include "attention/attention_tiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "kernels/vector.h"

namespace attune {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{32} << 20;
constexpr std::size_t kTileRows = 84;  // whole register tiles of 6 and of 14 rows
constexpr std::size_t kTileRowsMin = 12;
constexpr std::size_t kTileKeys = 256;  // with kTileRows, a tile of logits that stays in the L2 cache
constexpr std::size_t kTilesPerBlock = 64;

// The longest row of a matrix.
struct Longest {
  std::size_t row = 0;
  double length = 0;
};

// A row's length is largest * root, kept apart so that no square overflows or vanishes.
struct Length {
  double largest = 0;
  double root = 0;
};

template <class T>
Length length_of(std::span<const T> row) {
  Length length;
  for (const T value : row) length.largest = std::max(length.largest, std::abs(static_cast<double>(value)));
  if (length.largest == 0) return length;
  double sum = 0;
  for (const T value : row) sum += (value / length.largest) * (value / length.largest);
  length.root = std::sqrt(sum);
  return length;
}

template <class T>
Longest check_features(BasicMatrixView<const T> features, std::string_view name) {
  Longest longest;
  for (std::size_t r = 0; r < features.rows; ++r) {
    for (std::size_t c = 0; c < features.columns; ++c) {
      if (std::isfinite(features(r, c))) continue;
      throw Error(ErrorKind::kBadInput, name, ": row ", r, ", column ", c, " (counted from 0) is ", features(r, c),
                  "; expected a finite number. Replace it or drop the row.");
    }
    const Length length = length_of<T>(features.row(r));
    if (length.largest * length.root > longest.length) longest = {r, length.largest * length.root};
  }
  return longest;
}

template <class T>
std::vector<T> normalised(BasicMatrixView<const T> features) {
  std::vector<T> out(features.rows * features.columns);
  for (std::size_t r = 0; r < features.rows; ++r) {
    const Length length = length_of<T>(features.row(r));
    if (length.largest == 0) continue;
    for (std::size_t c = 0; c < features.columns; ++c) {
      out[r * features.columns + c] = static_cast<T>(features(r, c) / length.largest / length.root);
    }
  }
  return out;
}

template <class T>
std::vector<T> log_of_prior(std::span<const T> prior, std::size_t keys) {
  if (!prior.empty() && prior.size() != keys) {
    throw Error(ErrorKind::kBadInput, "prior: it has ", prior.size(), " weights and there are ", keys,
                " keys; expected one weight a key, or no prior.");
  }
  std::vector<T> out(prior.size());
  for (std::size_t i = 0; i < prior.size(); ++i) {
    if (!std::isfinite(prior[i]) || prior[i] < 0) {
      throw Error(ErrorKind::kBadInput, "prior: weight ", i, " (counted from 0) is ", prior[i],
                  "; expected a finite number that is not negative. A weight of 0 leaves the key out.");
    }
    out[i] = static_cast<T>(std::log(static_cast<double>(prior[i])));
  }
  return out;
}

// By the Cauchy-Schwarz inequality no sum on the way to a dot product is larger than the product of the lengths.
template <class T>
void check_range(const Longest& query, const Longest& key, double scale) {
  constexpr double kLargest = std::numeric_limits<T>::max() / 4;
  const double product = query.length * key.length;
  if (product <= kLargest && product * std::abs(scale) <= kLargest) return;
  throw Error(ErrorKind::kBadInput, "features: query ", query.row, " (counted from 0) has length ", query.length,
              " and key ", key.row, " has length ", key.length, "; with scale ", scale,
              " their similarity may exceed what ", std::is_same_v<T, float> ? "single" : "double",
              " precision holds. Divide the features by a constant",
              std::is_same_v<T, float> ? ", compute in double precision" : "", " or use cosine similarity.");
}

}  // namespace

RowCut cut_rows(std::size_t rows, std::size_t row_bytes) {
  std::size_t block = row_bytes == 0 ? rows : kBlockBytes / row_bytes;
  block = std::clamp<std::size_t>(block, 1, std::max<std::size_t>(rows, 1));
  const std::size_t tile = std::clamp((block + kTilesPerBlock - 1) / kTilesPerBlock, kTileRowsMin, kTileRows);
  const std::size_t most = tile * kTilesPerBlock;
  return {std::min(block, most), tile};
}

template <class T>
AttentionTiles<T>::AttentionTiles(BasicMatrixView<const T> queries, BasicMatrixView<const T> keys,
                                  std::span<const T> prior, const SimilarityAttentionConfig& config)
    : queries_(queries), scale_(static_cast<T>(config.scale)) {
  if (!std::isfinite(config.scale) || !std::isfinite(scale_)) {
    throw Error(ErrorKind::kUsage, "scale is ", config.scale, "; expected a finite number.");
  }
  if (queries.columns != keys.columns) {
    throw Error(ErrorKind::kBadInput, "features: queries are ", queries.columns, " wide and keys ", keys.columns,
                "; expected the same width. Give both sides the same features.");
  }
  if (keys.rows > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::kBadInput, "features: there are ", keys.rows, " keys; at most 4294967295 can be numbered.");
  }
  const Longest longest_query = check_features(queries, "query features");
  const Longest longest_key = check_features(keys, "key features");
  log_prior_ = log_of_prior(prior, keys.rows);
  if (config.similarity == Similarity::kCosine) {
    check_range<T>({longest_query.row, 1}, {longest_key.row, 1}, config.scale);
    normalised_queries_ = normalised(queries);
    queries_ = {normalised_queries_.data(), queries.rows, queries.columns};
    const std::vector<T> normalised_keys = normalised(keys);
    keys_.pack_rows({normalised_keys.data(), keys.rows, keys.columns});
  } else {
    check_range<T>(longest_query, longest_key, config.scale);
    keys_.pack_rows(keys);
  }
}

template <class T>
void AttentionTiles<T>::logits(std::size_t row, std::size_t column, Diagonal diagonal, BasicMatrixView<T> out) const {
  kernels::gemm(queries_.rows_from(row, out.rows), keys_, column, out);
  for (std::size_t r = 0; r < out.rows; ++r) {
    T* values = out.data + r * out.stride;
    if (scale_ != 1) kernels::scale(scale_, values, out.columns);
    if (!log_prior_.empty()) kernels::axpy(T{1}, log_prior_.data() + column, values, out.columns);
    const std::size_t self = row + r;
    if (diagonal == Diagonal::kMask && self >= column && self - column < out.columns) {
      values[self - column] = -std::numeric_limits<T>::infinity();
    }
  }
}

template <class T>
void AttentionTiles<T>::normalise(std::size_t row, Diagonal diagonal, std::span<Normaliser> out,
                                  std::span<kernels::TopK<T>> best) const {
  std::fill(out.begin(), out.end(), Normaliser{});
  std::vector<T> scratch(std::min(kTileRows, out.size()) * kTileKeys);
  for (std::size_t first = 0; first < out.size(); first += kTileRows) {
    const std::size_t count = std::min(kTileRows, out.size() - first);
    for (std::size_t column = 0; column < columns(); column += kTileKeys) {
      const std::size_t keys = std::min(kTileKeys, columns() - column);
      const BasicMatrixView<T> tile(scratch.data(), count, keys, kTileKeys);
      logits(row + first, column, diagonal, tile);
      for (std::size_t r = 0; r < count; ++r) {
        Normaliser& normaliser = out[first + r];
        const std::span<const T> values = tile.row(r);
        const T largest = kernels::max(values.data(), keys);
        if (largest == -std::numeric_limits<T>::infinity()) continue;
        if (largest > normaliser.largest) {
          normaliser.sum *= std::exp(static_cast<double>(normaliser.largest) - static_cast<double>(largest));
          normaliser.largest = largest;
        }
        normaliser.sum += kernels::sum_exp(values.data(), normaliser.largest, keys);
        if (!best.empty()) best[first + r].offer(values, static_cast<std::uint32_t>(column));
      }
    }
  }
}

template <class T>
void AttentionTiles<T>::weights(std::size_t row, std::size_t column, Diagonal diagonal,
                                std::span<const Normaliser> normalisers, BasicMatrixView<T> out) const {
  logits(row, column, diagonal, out);
  for (std::size_t r = 0; r < out.rows; ++r) {
    const std::span<T> values = out.row(r);
    if (normalisers[r].sum == 0) {
      std::fill(values.begin(), values.end(), T{0});
      continue;
    }
    kernels::exp_shifted(values.data(), normalisers[r].largest, values.size());
    kernels::scale(static_cast<T>(1 / normalisers[r].sum), values.data(), values.size());
  }
}

template class AttentionTiles<float>;
template class AttentionTiles<double>;

}  // namespace attune
