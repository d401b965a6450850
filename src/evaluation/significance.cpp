#include "evaluation/significance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/rng.h"

namespace attune {
namespace {

constexpr std::size_t kResamplesInTask = 64;

// Means by resample and model: row r of `means` is what resample r gave.
std::vector<double> resampled_means(BasicMatrixView<const double> values, const BootstrapConfig& config,
                                    ThreadPool& pool) {
  const std::size_t users = values.rows, models = values.columns;
  std::vector<double> means(config.resamples * models, 0.0);
  const Rng root(config.seed);
  pool.for_each((config.resamples + kResamplesInTask - 1) / kResamplesInTask, [&](std::size_t task) {
    const std::size_t end = std::min(config.resamples, (task + 1) * kResamplesInTask);
    for (std::size_t r = task * kResamplesInTask; r < end; ++r) {
      Rng rng = root.stream(r);
      double* sums = means.data() + r * models;
      for (std::size_t drawn = 0; drawn < users; ++drawn) {
        const double* row = values.data + rng.below(users) * values.stride;
        for (std::size_t m = 0; m < models; ++m) sums[m] += row[m];
      }
      for (std::size_t m = 0; m < models; ++m) sums[m] /= static_cast<double>(users);
    }
  });
  return means;
}

// The 2.5 % and 97.5 % quantiles, interpolated. Sorts `samples`.
Interval interval_of(std::vector<double>& samples) {
  std::sort(samples.begin(), samples.end());
  const auto quantile = [&](double share) {
    const double place = share * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const std::size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (place - static_cast<double>(below)) * (samples[above] - samples[below]);
  };
  return {quantile(0.025), quantile(0.975)};
}

double two_sided_p(const std::vector<double>& samples) {
  std::size_t at_most_0 = 0, at_least_0 = 0;
  for (const double sample : samples) {
    at_most_0 += sample <= 0 ? 1 : 0;
    at_least_0 += sample >= 0 ? 1 : 0;
  }
  const auto smaller = static_cast<double>(std::min(at_most_0, at_least_0) + 1);
  return std::min(1.0, 2 * smaller / static_cast<double>(samples.size() + 1));
}

double mean_of(BasicMatrixView<const double> values, std::size_t model) {
  double sum = 0;
  for (std::size_t u = 0; u < values.rows; ++u) sum += values(u, model);
  return values.rows == 0 ? 0 : sum / static_cast<double>(values.rows);
}

}  // namespace

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    corrected[order[i]] = largest;
  }
  return corrected;
}

Significance paired_bootstrap(BasicMatrixView<const double> values, const BootstrapConfig& config, ThreadPool& pool) {
  ATTUNE_CHECK(config.resamples > 0);
  const std::size_t models = values.columns;
  Significance found;
  for (std::size_t m = 0; m < models; ++m) found.means.push_back(mean_of(values, m));
  const std::vector<double> means =
      values.rows == 0 ? std::vector<double>(config.resamples * models) : resampled_means(values, config, pool);
  std::vector<double> samples(config.resamples);
  for (std::size_t m = 0; m < models; ++m) {
    for (std::size_t r = 0; r < samples.size(); ++r) samples[r] = means[r * models + m];
    found.intervals.push_back(interval_of(samples));
  }
  std::vector<double> p;
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a + 1; b < models; ++b) {
      for (std::size_t r = 0; r < samples.size(); ++r) samples[r] = means[r * models + a] - means[r * models + b];
      Difference difference{a, b, found.means[a] - found.means[b], interval_of(samples), two_sided_p(samples), 1};
      p.push_back(difference.p);
      found.differences.push_back(difference);
    }
  }
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < corrected.size(); ++i) found.differences[i].p_holm = corrected[i];
  return found;
}

}  // namespace attune
