#include "training/loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

namespace attune {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t kTokens = 6, kWidth = 5, kItems = 40;

struct Case {
  LossConfig config;
  std::vector<double> values;  // hidden vectors, then the table
  std::vector<std::uint32_t> targets, counts;
  double power = 0;
  std::size_t items = kItems;

  explicit Case(LossConfig chosen, double negative_power = 0, std::size_t catalogue = kItems)
      : config(chosen), power(negative_power), items(catalogue) {
    Rng rng(11);
    for (std::size_t i = 0; i < (kTokens + items) * kWidth; ++i) values.push_back(rng.normal());
    for (std::size_t t = 0; t < kTokens; ++t) targets.push_back(static_cast<std::uint32_t>(rng.below(items)));
    targets[1] = targets[0];
    for (std::size_t i = 0; i < items; ++i) counts.push_back(static_cast<std::uint32_t>(1 + rng.below(50)));
  }

  struct Results {
    double loss = 0;
    std::vector<double> gradient;
  };
  template <class T>
  Results run() const {
    const std::vector<T> in(values.begin(), values.end());
    const NegativeSampler sampler(counts, power);
    SequenceLoss<T> loss(config, &sampler, items, kWidth);
    const BasicMatrixView<const T> hidden(in.data(), kTokens, kWidth),
        table(in.data() + kTokens * kWidth, items, kWidth);
    loss.prepare(table);
    using Gradient = TableGradient<T>;
    Gradient d_table(loss.dense() ? Gradient::Form::kDense : Gradient::Form::kSparse, items, kWidth);
    Gradient of_units(loss.dense() ? Gradient::Form::kDense : Gradient::Form::kSparse, items, kWidth);
    std::vector<T> d_hidden(kTokens * kWidth, T(7));  // what was there before does not matter
    Arena<T> arena;
    Results found;
    found.loss = loss.forward_backward({hidden, targets, T(0.25), Rng(5)},
                                       {{d_hidden.data(), kTokens, kWidth}, config.cosine ? of_units : d_table}, arena);
    if (config.cosine) loss.finish(of_units, d_table);
    found.gradient.assign(d_hidden.begin(), d_hidden.end());
    for (std::uint32_t i = 0; i < items; ++i) {
      const T* row = d_table.row(i);
      found.gradient.insert(found.gradient.end(), row, row + kWidth);
    }
    return found;
  }

  Complex logit(const std::vector<Complex>& in, std::size_t token, std::size_t item) const {
    Complex total = 0;
    Complex of_token = 0, of_item = 0;  // squares of lengths
    for (std::size_t c = 0; c < kWidth; ++c) {
      const Complex h = in[token * kWidth + c], e = in[(kTokens + item) * kWidth + c];
      total += h * e;
      of_token += h * h;
      of_item += e * e;
    }
    if (config.cosine) total /= std::sqrt(of_token * of_item);
    return total / config.temperature;
  }

  // What the equations of docs/mathematics.md say, term by term.
  Complex expected(const std::vector<Complex>& in) const {
    const NegativeSampler sampler(counts, power);
    Rng rng(5);
    Complex total = 0;
    std::vector<std::uint32_t> shared;
    if (config.kind == LossKind::kSampledSoftmax) {
      for (std::size_t j = 0; j < config.negatives; ++j) {
        shared.push_back(config.in_batch ? targets[j * kTokens / config.negatives] : sampler.draw(rng));
      }
    }
    for (std::size_t t = 0; t < kTokens; ++t) {
      if (config.kind == LossKind::kCrossEntropy) total += cross_entropy(in, t);
      if (config.kind == LossKind::kSampledSoftmax) total += sampled(in, t, shared, sampler);
      if (config.kind == LossKind::kBce || config.kind == LossKind::kGbce) total += binary(in, t, sampler, rng);
    }
    return total * 0.25;
  }
  Complex cross_entropy(const std::vector<Complex>& in, std::size_t t) const {
    Complex sum = 0, mean = 0;
    for (std::size_t j = 0; j < items; ++j) {
      sum += std::exp(logit(in, t, j));
      mean += logit(in, t, j) / static_cast<double>(items);
    }
    const double s = config.label_smoothing;
    return std::log(sum) - (1 - s) * logit(in, t, targets[t]) - s * mean;
  }
  Complex sampled(const std::vector<Complex>& in, std::size_t t, const std::vector<std::uint32_t>& drawn,
                  const NegativeSampler& sampler) const {
    Complex sum = std::exp(logit(in, t, targets[t]));
    for (const std::uint32_t j : drawn) {
      if (j == targets[t]) continue;
      const double expected_draws = static_cast<double>(drawn.size()) * std::exp(sampler.log_probability(j));
      sum += std::exp(logit(in, t, j)) / (config.log_q ? expected_draws : 1);
    }
    return std::log(sum) - logit(in, t, targets[t]);
  }
  Complex binary(const std::vector<Complex>& in, std::size_t t, const NegativeSampler& sampler, Rng& rng) const {
    const auto log_sigmoid = [](Complex z) { return -std::log(1.0 + std::exp(-z)); };
    double beta = 1;
    if (config.kind == LossKind::kGbce) {
      const double a = static_cast<double>(config.negatives) / static_cast<double>(items - 1);
      beta = a * (config.calibration * (1 - 1 / a) + 1 / a);
    }
    Complex total = -beta * log_sigmoid(logit(in, t, targets[t]));
    for (std::size_t n = 0; n < config.negatives; ++n) {
      std::uint32_t item = targets[t];
      while (item == targets[t]) item = sampler.draw(rng);
      total -= log_sigmoid(-logit(in, t, item));
    }
    return total;
  }

  std::vector<double> complex_step() const {
    std::vector<Complex> in(values.begin(), values.end());
    std::vector<double> gradient(in.size());
    constexpr double kStep = 1e-50;
    for (std::size_t i = 0; i < in.size(); ++i) {
      in[i] += Complex(0, kStep);
      gradient[i] = expected(in).imag() / kStep;
      in[i] = values[i];
    }
    return gradient;
  }
};

double error_between(const std::vector<double>& a, const std::vector<double>& b) {
  double error = 0, largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    error = std::max(error, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return error / largest;
}

std::vector<Case> cases() {
  std::vector<Case> found;
  found.push_back(Case({.kind = LossKind::kCrossEntropy}));
  found.push_back(Case({.kind = LossKind::kCrossEntropy, .label_smoothing = 0.1, .temperature = 0.7}));
  found.push_back(Case({.kind = LossKind::kCrossEntropy, .logits_kept = 0}));
  found.push_back(
      Case({.kind = LossKind::kCrossEntropy, .label_smoothing = 0.1, .temperature = 0.7, .logits_kept = 0}));
  for (const bool log_q : {false, true}) {
    for (const double power : {0.0, 1.0}) {
      found.push_back(
          Case({.kind = LossKind::kSampledSoftmax, .negatives = 12, .log_q = log_q, .temperature = 0.8}, power));
    }
  }
  found.push_back(Case({.kind = LossKind::kSampledSoftmax, .negatives = 3, .in_batch = true}, 1));
  found.push_back(Case({.kind = LossKind::kCrossEntropy, .temperature = 0.3, .cosine = true}));
  found.push_back(Case({.kind = LossKind::kSampledSoftmax, .negatives = 12, .temperature = 0.3, .cosine = true}));
  found.push_back(Case({.kind = LossKind::kBce, .negatives = 3, .temperature = 0.3, .cosine = true}));
  found.push_back(Case({.kind = LossKind::kBce, .negatives = 1}));
  found.push_back(Case({.kind = LossKind::kBce, .negatives = 7, .temperature = 1.3}, 0.75));
  found.push_back(Case({.kind = LossKind::kGbce, .negatives = 9, .calibration = 0.75}));
  return found;
}

TEST(SequenceLoss, LossesAreTheirEquations) {
  for (const Case& c : cases()) {
    const double expected = c.expected({c.values.begin(), c.values.end()}).real();
    EXPECT_NEAR(c.run<double>().loss, expected, 1e-12 * std::abs(expected));
    EXPECT_NEAR(c.run<float>().loss, expected, 1e-5 * std::abs(expected));
  }
}

TEST(SequenceLoss, GradientsMatchComplexStep) {
  for (const Case& c : cases()) {
    const std::vector<double> expected = c.complex_step();
    EXPECT_LT(error_between(c.run<double>().gradient, expected), 1e-10);
    EXPECT_LT(error_between(c.run<float>().gradient, expected), 1e-5);
  }
}

// Buckets are chosen by what is differentiated, so the loss is only piecewise smooth: quotients with a small step.
TEST(SequenceLoss, BucketedSoftmaxMatchesDifferenceQuotients) {
  Case c({.kind = LossKind::kBucketed, .negatives = 8});
  const auto found = c.run<double>();
  EXPECT_GT(found.loss, 0);
  double largest = 0;
  for (const double value : found.gradient) largest = std::max(largest, std::abs(value));
  std::size_t smooth = 0;
  for (std::size_t i = 0; i < c.values.size(); ++i) {
    const auto slope = [&](double step) {
      const double before = c.values[i];
      c.values[i] = before + step;
      const double above = c.run<double>().loss;
      c.values[i] = before - step;
      const double below = c.run<double>().loss;
      c.values[i] = before;
      return (above - below) / (2 * step);
    };
    const double wide = slope(1e-5), narrow = slope(1e-6);
    if (std::abs(wide - narrow) > 1e-5 * largest) continue;  // a bucket changed in between
    ++smooth;
    EXPECT_NEAR(narrow, found.gradient[i], 1e-5 * largest) << i;
  }
  EXPECT_GT(smooth, c.values.size() * 9 / 10);
}

TEST(SequenceLoss, LogitsKeptOrComputedTwiceGiveTheSame) {
  for (const double smoothing : {0.0, 0.1}) {
    Case kept({.kind = LossKind::kCrossEntropy, .label_smoothing = smoothing}, 0, 1100), twice = kept;
    twice.config.logits_kept = 0;
    EXPECT_NEAR(kept.run<double>().loss, twice.run<double>().loss, 1e-12);
    EXPECT_LT(error_between(kept.run<double>().gradient, twice.run<double>().gradient), 1e-12);
    EXPECT_LT(error_between(kept.run<float>().gradient, twice.run<double>().gradient), 1e-5);
  }
}

// bf16 has 8 bits: a logit of 5 terms is off by about their size / 256, the softmax and the gradients with it.
TEST(SequenceLoss, ProductsOfBf16AreNearThoseOfFloat) {
  for (const std::size_t items : {std::size_t{40}, std::size_t{1101}}) {
    Case exact({.kind = LossKind::kCrossEntropy, .label_smoothing = 0.1}, 0, items), rounded = exact;
    rounded.config.products = kernels::Products::kBf16;
    const auto expected = exact.run<double>(), found = rounded.run<float>();
    EXPECT_NEAR(found.loss, expected.loss, 0.01 * expected.loss);
    EXPECT_LT(error_between(found.gradient, expected.gradient), 0.02);
    EXPECT_GT(error_between(found.gradient, expected.gradient), 1e-5);  // they were rounded
  }
}

TEST(SequenceLoss, WithoutRoomForLogitsProductsAreOfFloatWhateverIsAskedFor) {
  Case exact({.kind = LossKind::kCrossEntropy, .label_smoothing = 0.1, .logits_kept = 0}, 0, 1101), rounded = exact;
  rounded.config.products = kernels::Products::kBf16;
  const auto expected = exact.run<float>(), found = rounded.run<float>();
  EXPECT_EQ(found.loss, expected.loss);
  EXPECT_EQ(error_between(found.gradient, expected.gradient), 0);
}

TEST(SequenceLoss, SampledSoftmaxWithProductsOfBf16IsNear) {
  Case exact({.kind = LossKind::kSampledSoftmax, .negatives = 31, .temperature = 0.8}), rounded = exact;
  rounded.config.products = kernels::Products::kBf16;
  const auto expected = exact.run<double>(), found = rounded.run<float>();
  EXPECT_NEAR(found.loss, expected.loss, 0.01 * expected.loss);
  EXPECT_LT(error_between(found.gradient, expected.gradient), 0.02);
  EXPECT_GT(error_between(found.gradient, expected.gradient), 1e-5);
}

TEST(SequenceLoss, LargeLogitsGiveNoOverflow) {
  Case c({.kind = LossKind::kCrossEntropy});
  for (double& value : c.values) value *= 100;
  for (const LossKind kind : {LossKind::kCrossEntropy, LossKind::kSampledSoftmax, LossKind::kBce}) {
    c.config.kind = kind;
    for (const std::size_t kept : {std::size_t{0}, std::size_t{1} << 20}) {
      c.config.logits_kept = kept;
      const auto found = c.run<float>();
      EXPECT_TRUE(std::isfinite(found.loss));
      EXPECT_TRUE(std::ranges::all_of(found.gradient, [](double value) { return std::isfinite(value); }));
    }
  }
}

TEST(TableGradient, SparseRowsAreZeroWhenTheyOpenAndAreForgotten) {
  TableGradient<float> gradient(TableGradient<float>::Form::kSparse, 10, 3);
  gradient.row(4)[1] = 2;
  gradient.row(7)[0] = 1;
  EXPECT_EQ(gradient.row(4)[1], 2);
  EXPECT_EQ(std::vector<std::uint32_t>(gradient.touched().begin(), gradient.touched().end()),
            (std::vector<std::uint32_t>{4, 7}));
  EXPECT_EQ(gradient.find(5), nullptr);
  gradient.clear();
  EXPECT_EQ(gradient.find(4), nullptr);
  EXPECT_EQ(gradient.row(4)[1], 0);
}

}  // namespace
}  // namespace attune
