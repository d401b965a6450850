// Attention of every query over every key, streamed: seconds, GFLOP/s of the dot products alone, their share of what
// bare multiply-adds reach on as many threads, and the most memory that the program held. The largest is 100,000 x
// 100,000 x 64.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "attention/similarity_attention.h"
#include "base/rng.h"
#include "kernels/isa.h"
#include "kernels/peak.h"

namespace attune {
namespace {

constexpr std::size_t kWidth = 64;
constexpr std::size_t kBest = 50;

double peak_flops(ThreadPool& pool) {
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto tasks = static_cast<std::size_t>(pool.threads());
    std::vector<std::size_t> done(tasks);
    const auto begin = std::chrono::steady_clock::now();
    pool.for_each(tasks, [&](std::size_t task) { done[task] = kernels::run_multiply_adds_f32(2'000'000); });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    double sum = 0;
    for (const std::size_t flops : done) sum += static_cast<double>(flops);
    best = std::max(best, sum / took.count());
  }
  return best;
}

double resident_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<float> features(std::size_t rows, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(rows * kWidth);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

enum class Result { kTopK, kDense };

void attend(benchmark::State& state, Result result) {
  const auto n = static_cast<std::size_t>(state.range(0));
  ThreadPool pool(0);
  const double peak = peak_flops(pool);
  const std::vector<float> queries = features(n, 1), keys = features(n, 2);
  SimilarityAttentionConfig config;
  config.scale = 0.125;
  using Attention = SimilarityAttention<float>;
  for (auto _ : state) {
    const Attention attention({queries.data(), n, kWidth}, {keys.data(), n, kWidth}, {}, config, pool);
    double seen = 0;
    if (result == Result::kTopK) {
      attention.for_each_top_k(kBest, Attention::Diagonal::kKeep,
                               [&](std::size_t, auto rows) { seen += rows[0][0].value; });
    } else {
      attention.for_each_block(Attention::Diagonal::kKeep, [&](std::size_t, auto rows) { seen += rows(0, 0); });
    }
    benchmark::DoNotOptimize(seen);
  }
  using benchmark::Counter;
  const double flops = 2.0 * static_cast<double>(n) * static_cast<double>(n) * kWidth;
  state.counters["GFLOP/s"] = Counter(flops / 1e9, Counter::kIsIterationInvariantRate);
  state.counters["share_of_peak"] = Counter(flops / peak, Counter::kIsIterationInvariantRate);
  state.counters["peak_GFLOP/s"] = peak / 1e9;
  state.counters["resident_MB"] = resident_megabytes();
  state.counters["threads"] = pool.threads();
  state.SetLabel(std::string(kernels::isa_name(kernels::current())));
}

// Smallest first, so that the memory of a size is not hidden behind a larger one's.
BENCHMARK_CAPTURE(attend, top_50, Result::kTopK)
    ->Arg(1000)
    ->Arg(10000)
    ->Arg(30000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(attend, dense, Result::kDense)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attend, top_50_full, Result::kTopK)
    ->Arg(100000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  attune::kernels::select_from_environment();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
