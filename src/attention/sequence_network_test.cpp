#include "attention/sequence_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>
#include <string>
#include <vector>

#include "attention/network_reference.h"
#include "base/rng.h"

namespace attune {
namespace {

using Complex = std::complex<double>;

// A small network with random weights, three sequences (one of a single event) and random upstream gradients.
struct Case {
  static constexpr std::size_t kItems = 7;

  NetworkConfig config;
  std::vector<std::uint32_t> offsets{0, 5, 6, 9}, items, positions;
  std::vector<double> times, query_times;
  std::vector<double> parameters, table, upstream;

  explicit Case(NetworkConfig shape) : config(shape) {
    Rng rng(17);
    const SequenceNetwork<double> network(config);
    parameters.resize(network.parameters().size());
    network.parameters().initialize(rng, parameters.data());
    for (double& value : parameters) value += 0.3 * rng.normal();  // gains and shifts too
    for (std::size_t i = 0; i < kItems * config.width; ++i) table.push_back(rng.normal());
    double now = 1e9;
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
      const std::size_t count = offsets[b + 1] - offsets[b];
      for (std::size_t i = 0; i < count; ++i) {
        items.push_back(static_cast<std::uint32_t>(rng.below(kItems)));
        positions.push_back(static_cast<std::uint32_t>(config.max_history - count + i));
        times.push_back(now);
        now += std::exp(12 * rng.uniform());
        query_times.push_back(now);
      }
    }
    for (std::size_t i = 0; i < items.size() * config.width; ++i) upstream.push_back(rng.normal());
  }

  Tokens tokens() const {
    if (!config.time_bias) return {offsets, items, positions, {}, {}};
    return {offsets, items, positions, times, query_times};
  }

  // The sum of hidden vectors times upstream gradients, by the reference; weights are parameters, then the table.
  Complex loss(std::span<const Complex> weights) const {
    const SequenceNetwork<double> network(config);
    const reference::Network<Complex> twin(config, network.parameters(), weights.first(parameters.size()));
    const reference::Matrix<Complex> rows(kItems, config.width, weights.data() + parameters.size());
    const auto hidden = twin.hidden(tokens(), rows);
    Complex total = 0;
    for (std::size_t i = 0; i < upstream.size(); ++i) total += hidden.values[i] * upstream[i];
    return total;
  }

  std::vector<double> reference_gradient() const {
    std::vector<Complex> weights(parameters.begin(), parameters.end());
    weights.insert(weights.end(), table.begin(), table.end());
    std::vector<double> gradient(weights.size());
    constexpr double kStep = 1e-50;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Complex before = weights[i];
      weights[i] += Complex(0, kStep);
      gradient[i] = loss(weights).imag() / kStep;
      weights[i] = before;
    }
    return gradient;
  }

  template <class T>
  struct Results {
    std::vector<double> hidden, gradient;
    double loss = 0;
  };
  template <class T>
  Results<T> run(const DropoutKey& dropout = {}, kernels::Products products = kernels::Products::kFloat) const {
    const std::vector<T> values(parameters.begin(), parameters.end()), rows(table.begin(), table.end());
    const std::vector<T> up(upstream.begin(), upstream.end());
    std::vector<T> gradients(values.size() + rows.size());
    SequenceNetwork<T> network(config);
    network.pack(values.data(), products);
    typename SequenceNetwork<T>::Workspace work;
    const Tokens read = tokens();
    const BasicMatrixView<const T> hidden = network.forward(read, {rows.data(), kItems, config.width}, dropout, work);
    Results<T> found;
    found.hidden.assign(hidden.data, hidden.data + up.size());
    for (std::size_t i = 0; i < up.size(); ++i) found.loss += found.hidden[i] * upstream[i];
    const auto d_items =
        network.backward(read, {up.data(), read.size(), config.width}, dropout, gradients.data(), work);
    for (std::size_t t = 0; t < read.size(); ++t) {
      for (std::size_t c = 0; c < config.width; ++c) {
        gradients[values.size() + read.items[t] * config.width + c] += d_items(t, c);
      }
    }
    found.gradient.assign(gradients.begin(), gradients.end());
    return found;
  }
};

double largest(const std::vector<double>& values) {
  double found = 0;
  for (const double value : values) found = std::max(found, std::abs(value));
  return found;
}
double error_between(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double found = 0;
  for (std::size_t i = 0; i < a.size(); ++i) found = std::max(found, std::abs(a[i] - b[i]));
  return found / largest(b);
}

NetworkConfig small(BlockKind block) {
  NetworkConfig config;
  config.width = 8;
  config.heads = 2;
  config.blocks = 2;
  config.max_history = 6;
  config.block = block;
  config.inner = 12;
  config.embedding_scale = 1.5;
  return config;
}

std::vector<NetworkConfig> shapes() {
  std::vector<NetworkConfig> found;
  for (const BlockKind block : {BlockKind::kSasrec, BlockKind::kPreNorm, BlockKind::kGated, BlockKind::kHstu}) {
    found.push_back(small(block));
    found.push_back(small(block));
    found.back().position_bias = found.back().time_bias = true;
    found.back().norm = NormKind::kRms;
    found.back().positions = false;
    found.back().heads = 1;
  }
  for (const FeedForwardKind kind : {FeedForwardKind::kGelu, FeedForwardKind::kSwiglu}) {
    found.push_back(small(BlockKind::kGated));
    found.back().feed_forward = kind;
  }
  found.push_back(small(BlockKind::kSasrec));
  found.back().blocks = 0;
  return found;
}

TEST(SequenceNetwork, ForwardAgreesWithItsTwin) {
  for (const NetworkConfig& config : shapes()) {
    const Case c(config);
    std::vector<Complex> weights(c.parameters.begin(), c.parameters.end());
    const SequenceNetwork<double> network(config);
    const reference::Network<Complex> twin(config, network.parameters(), weights);
    std::vector<Complex> rows(c.table.begin(), c.table.end());
    const auto expected = twin.hidden(c.tokens(), reference::Matrix<Complex>(Case::kItems, config.width, rows.data()));
    std::vector<double> hidden;
    for (const Complex& value : expected.values) hidden.push_back(value.real());
    EXPECT_LT(error_between(c.run<double>().hidden, hidden), 1e-12);
    EXPECT_LT(error_between(c.run<float>().hidden, hidden), 1e-5);
  }
}

TEST(SequenceNetwork, BackwardMatchesComplexStep) {
  for (const NetworkConfig& config : shapes()) {
    const Case c(config);
    const std::vector<double> expected = c.reference_gradient();
    EXPECT_LT(error_between(c.run<double>().gradient, expected), 1e-10);
    EXPECT_LT(error_between(c.run<float>().gradient, expected), 1e-5);
  }
}

// Masks are a function of their key, so the loss with dropout is a function of the weights like any other.
TEST(SequenceNetwork, BackwardWithDropoutMatchesDifferenceQuotients) {
  for (NetworkConfig config : shapes()) {
    config.feed_forward = FeedForwardKind::kGelu;  // no kinks
    Case c(config);
    const DropoutKey dropout{0.4, 5, 3};
    const auto analytic = c.run<double>(dropout).gradient;
    Rng rng(3);
    for (int draw = 0; draw < 25; ++draw) {
      const std::size_t i = rng.below(c.parameters.size());
      constexpr double kStep = 1e-4;
      const double before = c.parameters[i];
      c.parameters[i] = before + kStep;
      const double above = c.run<double>(dropout).loss;
      c.parameters[i] = before - kStep;
      const double below = c.run<double>(dropout).loss;
      c.parameters[i] = before;
      EXPECT_NEAR((above - below) / (2 * kStep), analytic[i], 1e-5 * std::max(1.0, largest(analytic)));
    }
  }
}

TEST(SequenceNetwork, DropoutDropsAndAnotherStreamDropsOthers) {
  const Case c(small(BlockKind::kGated));
  const auto none = c.run<float>().hidden, one = c.run<float>({0.4, 5, 3}).hidden,
             two = c.run<float>({0.4, 5, 4}).hidden;
  EXPECT_EQ(one, c.run<float>({0.4, 5, 3}).hidden);
  EXPECT_NE(one, none);
  EXPECT_NE(one, two);
}

TEST(SequenceNetwork, AnEventDoesNotSeeTheFutureNorOtherSequences) {
  for (const NetworkConfig& config : shapes()) {
    Case c(config);
    const auto before = c.run<float>().hidden;
    c.items[3] = (c.items[3] + 1) % Case::kItems;  // the last but one of the first sequence
    const auto after = c.run<float>().hidden;
    for (std::size_t t = 0; t < c.items.size(); ++t) {
      const bool same = std::equal(before.begin() + static_cast<std::ptrdiff_t>(t * config.width),
                                   before.begin() + static_cast<std::ptrdiff_t>((t + 1) * config.width),
                                   after.begin() + static_cast<std::ptrdiff_t>(t * config.width));
      EXPECT_EQ(same, t < 3 || t > 4 || (t == 4 && config.blocks == 0)) << t;
    }
  }
}

// bf16 has 8 bits; a few layers of them lose a few hundredths of the largest value.
TEST(SequenceNetwork, ProductsOfBf16AreNearThoseOfFloat) {
  for (const NetworkConfig& config : shapes()) {
    const Case c(config);
    const auto exact = c.run<double>();
    const auto rounded = c.run<float>({}, kernels::Products::kBf16);
    EXPECT_LT(error_between(rounded.hidden, exact.hidden), 0.05);
    EXPECT_LT(error_between(rounded.gradient, exact.gradient), 0.05);
    EXPECT_EQ(error_between(rounded.hidden, exact.hidden) > 1e-5, config.blocks > 0);  // they were rounded
  }
}

TEST(SequenceNetwork, EncodingIsTheLastHiddenVectorOfEachSequence) {
  for (const NetworkConfig& config : shapes()) {
    const Case c(config);
    const auto hidden = c.run<float>().hidden;
    const std::vector<float> values(c.parameters.begin(), c.parameters.end()), rows(c.table.begin(), c.table.end());
    SequenceNetwork<float> network(config);
    network.pack(values.data());
    SequenceNetwork<float>::Workspace work;
    const MatrixView encoded = network.encode(c.tokens(), {rows.data(), Case::kItems, config.width}, work);
    for (std::size_t b = 0; b < 3; ++b) {
      for (std::size_t i = 0; i < config.width; ++i) {
        EXPECT_NEAR(encoded(b, i), hidden[(c.offsets[b + 1] - 1) * config.width + i], 1e-5);
      }
    }
  }
}

TEST(SequenceNetwork, EncodingServesHistoriesOfOneEvent) {
  for (const NetworkConfig& config : shapes()) {
    const Case c(config);
    const std::vector<double>&values = c.parameters, &rows = c.table;
    SequenceNetwork<double> network(config);
    network.pack(values.data());
    SequenceNetwork<double>::Workspace work, alone;
    const Tokens all = c.tokens();
    const std::vector<std::uint32_t> offsets{0, 1, 2};
    Tokens two = all;
    two.offsets = offsets;
    two.items = all.items.first(2);
    two.positions = all.positions.first(2);
    if (!all.times.empty()) two.times = all.times.first(2), two.query_times = all.query_times.first(2);
    const BasicMatrixView<const double> table(rows.data(), Case::kItems, config.width);
    const auto encoded = network.encode(two, table, work);
    const auto hidden = network.forward(two, table, {}, alone);
    for (std::size_t b = 0; b < 2; ++b) {
      for (std::size_t i = 0; i < config.width; ++i) EXPECT_NEAR(encoded(b, i), hidden(b, i), 1e-12);
    }
  }
}

TEST(SequenceNetwork, TimesFallIntoBucketsThatGrow) {
  EXPECT_EQ(time_bucket(0), 0U);
  EXPECT_EQ(time_bucket(1), 0U);
  EXPECT_EQ(time_bucket(-2), time_bucket(2));
  EXPECT_EQ(time_bucket(std::nan("")), 0U);
  EXPECT_EQ(time_bucket(1e300), kTimeBuckets - 1);
  for (double seconds = 1; seconds < 1e12; seconds *= 1.01) {
    EXPECT_EQ(time_bucket(seconds), static_cast<std::size_t>(std::log(seconds) / 0.301)) << seconds;
  }
}

}  // namespace
}  // namespace attune
