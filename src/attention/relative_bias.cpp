#include "attention/relative_bias.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace attune {
namespace {

constexpr double kStep = 0.301;
constexpr std::size_t kSlots = 16;  // pieces that an octave is cut into

// Where buckets begin, and for each piece of an octave the bucket that its first value falls into: a bucket spans more
// than a sixteenth of an octave, so at most one boundary lies in a piece.
struct Table {
  std::array<double, kTimeBuckets + 1> begin{};
  std::array<std::uint8_t, 64 * kSlots> first{};

  Table() {
    for (std::size_t b = 0; b <= kTimeBuckets; ++b) begin[b] = std::exp(kStep * static_cast<double>(b));
    begin[0] = 0;
    for (std::size_t octave = 0; octave < 64; ++octave) {
      for (std::size_t piece = 0; piece < kSlots; ++piece) {
        const double value = std::ldexp(1 + static_cast<double>(piece) / kSlots, static_cast<int>(octave));
        const auto above = std::upper_bound(begin.begin(), begin.end() - 1, value);
        first[octave * kSlots + piece] = static_cast<std::uint8_t>(above - begin.begin() - 1);
      }
    }
  }
};

const Table& table() {
  static const Table instance;
  return instance;
}

}  // namespace

std::size_t time_bucket(double seconds) {
  const Table& known = table();
  const double amount = std::min(std::abs(seconds), 9e18);
  if (!(amount >= 1)) return 0;
  const auto bits = std::bit_cast<std::uint64_t>(amount);
  const std::size_t octave = (bits >> 52) - 1023, piece = bits >> 48 & (kSlots - 1);
  const std::size_t bucket = known.first[octave * kSlots + piece];
  return bucket + 1 < kTimeBuckets && amount >= known.begin[bucket + 1] ? bucket + 1 : bucket;
}

template <class T>
RelativeBias<T>::RelativeBias(ParameterList& list, const std::string& name, const NetworkConfig& config)
    : position_bias_(config.position_bias), time_bias_(config.time_bias), distances_(config.max_history) {
  if (position_bias_) position_ = list.add(name + ".position", 1, distances_, Initial::kSmallNormal);
  if (time_bias_) time_ = list.add(name + ".time", 1, kTimeBuckets, Initial::kSmallNormal);
}

template <class T>
const std::uint8_t* RelativeBias<T>::buckets(const Tokens& tokens, std::size_t sequence, Arena<std::uint8_t>& arena) {
  if (tokens.times.empty()) return nullptr;
  const std::size_t begin = tokens.begin(sequence), length = tokens.length(sequence);
  std::uint8_t* found = arena.take(length * length);
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      found[i * length + j] =
          static_cast<std::uint8_t>(time_bucket(tokens.query_times[begin + i] - tokens.times[begin + j]));
    }
  }
  return found;
}

template <class T>
void RelativeBias<T>::forward(std::size_t length, const std::uint8_t* buckets, const T* parameters,
                              BasicMatrixView<T> bias) const {
  const T* position = parameters + position_;
  const T* time = parameters + time_;
  const std::size_t first = length - bias.rows;
  for (std::size_t i = first; i < length; ++i) {
    T* row = bias.row(i - first).data();
    for (std::size_t j = 0; j <= i; ++j) {
      T sum = position_bias_ ? position[std::min(i - j, distances_ - 1)] : T(0);
      if (time_bias_) sum += time[buckets[i * length + j]];
      row[j] = sum;
    }
  }
}

template <class T>
void RelativeBias<T>::backward(std::size_t length, const std::uint8_t* buckets, BasicMatrixView<const T> d_logits,
                               T* gradients) const {
  T* position = gradients + position_;
  T* time = gradients + time_;
  for (std::size_t i = 0; i < length; ++i) {
    const T* row = d_logits.row(i).data();
    for (std::size_t j = 0; j <= i; ++j) {
      if (position_bias_) position[std::min(i - j, distances_ - 1)] += row[j];
      if (time_bias_) time[buckets[i * length + j]] += row[j];
    }
  }
}

template class RelativeBias<float>;
template class RelativeBias<double>;

}  // namespace attune
