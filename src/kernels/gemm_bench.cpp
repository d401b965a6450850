// Speed of the matrix products on each instruction set that this CPU runs, as GFLOP/s and as a share of what bare
// multiply-adds reach in the same run.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"
#include "kernels/packed.h"
#include "kernels/peak.h"

namespace attune::kernels {
namespace {

// The best of some short runs, since whatever else the machine does can only make one slower.
template <class T>
double peak_flops() {
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t done = sizeof(T) == 4 ? run_multiply_adds_f32(1'000'000) : run_multiply_adds_f64(1'000'000);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::max(best, static_cast<double>(done) / took.count());
  }
  return best;
}

template <class T>
std::vector<T> random_values(std::size_t n) {
  Rng rng(1);
  std::vector<T> values(n);
  for (T& value : values) value = static_cast<T>(rng.normal());
  return values;
}

enum class Form { kPacked, kPlain, kColumns };

struct Shape {
  std::size_t m, n, k;
};

template <class T>
void multiply(benchmark::State& state, Isa isa, Form form, Shape shape) {
  use(isa);
  const auto [m, n, k] = shape;
  const std::vector<T> a = random_values<T>(m * k), b = random_values<T>(n * k);
  std::vector<T> c(m * n);
  const BasicMatrixView<const T> left(a.data(), m, k);
  const BasicMatrixView<T> out(c.data(), m, n);
  const BasicMatrixView<const T> rows(b.data(), n, k), columns(b.data(), k, n);
  Packed<T> packed;
  packed.pack_rows(rows);
  const double peak = peak_flops<T>();
  for (auto _ : state) {
    if (form == Form::kPacked) gemm(left, packed, 0, out);
    if (form == Form::kPlain) gemm_nt(left, rows, out, Accumulate::kNo);
    if (form == Form::kColumns) gemm_nn(left, columns, out, Accumulate::kNo);
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  const double flops = 2.0 * static_cast<double>(m * n * k);
  using benchmark::Counter;
  state.counters["GFLOP/s"] = Counter(flops / 1e9, Counter::kIsIterationInvariantRate);
  state.counters["share_of_peak"] = Counter(flops / peak, Counter::kIsIterationInvariantRate);
  state.counters["peak_GFLOP/s"] = peak / 1e9;
}

template <class T>
void register_type(const char* type) {
  const std::pair<const char*, Form> forms[] = {
      {"nt_packed", Form::kPacked}, {"nt", Form::kPlain}, {"nn", Form::kColumns}};
  for (const Isa isa : supported()) {
    for (const auto& [form_name, form] : forms) {
      for (const Shape shape : {Shape{84, 256, 64}, {1000, 1000, 64}, {500, 500, 256}, {32, 200, 64}, {10, 30, 64}}) {
        const std::string name = std::string(isa_name(isa)) + '/' + form_name + '/' + type + '/' +
                                 std::to_string(shape.m) + 'x' + std::to_string(shape.n) + 'x' +
                                 std::to_string(shape.k);
        benchmark::RegisterBenchmark(name.c_str(), multiply<T>, isa, form, shape)->MinTime(0.1);
      }
    }
  }
}

}  // namespace
}  // namespace attune::kernels

int main(int argc, char** argv) {
  attune::kernels::register_type<float>("float");
  attune::kernels::register_type<double>("double");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
