// Speed of the vector primitives on each instruction set that this CPU runs, at sizes that fit the first cache.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/isa.h"
#include "kernels/threshold.h"
#include "kernels/vector.h"

namespace attune::kernels {
namespace {

template <class T>
struct Buffers {
  std::vector<T> x, y;
  double sink = 0;

  explicit Buffers(std::size_t n) : x(n), y(n) {
    Rng rng(1);
    for (T& value : x) value = static_cast<T>(rng.normal());
    for (T& value : y) value = static_cast<T>(rng.normal());
  }
};

// Calls body(buffers, n) again and again.
template <class T, class Body>
void register_one(const std::string& name, Isa isa, Body body) {
  for (const std::size_t n : {std::size_t{64}, std::size_t{1024}}) {
    const std::string full =
        std::string(isa_name(isa)) + '/' + name + '/' + (sizeof(T) == 4 ? "float" : "double") + '/' + std::to_string(n);
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
      use(isa);
      Buffers<T> buffers(n);
      for (auto _ : state) {
        body(buffers, n);
        benchmark::DoNotOptimize(buffers.sink);
        benchmark::ClobberMemory();
      }
      state.counters["ns_per_value"] = benchmark::Counter(
          static_cast<double>(n) / 1e9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    })->MinTime(0.05);
  }
}

template <class T>
void register_type(Isa isa) {
  register_one<T>("dot", isa, [](Buffers<T>& b, std::size_t n) { b.sink = dot(b.x.data(), b.y.data(), n); });
  register_one<T>("axpy", isa, [](Buffers<T>& b, std::size_t n) { axpy(T{0}, b.x.data(), b.y.data(), n); });
  register_one<T>("max", isa, [](Buffers<T>& b, std::size_t n) { b.sink = max(b.x.data(), n); });
  register_one<T>("sum_exp", isa, [](Buffers<T>& b, std::size_t n) { b.sink = sum_exp(b.x.data(), T{3}, n); });
  register_one<T>("softmax", isa, [](Buffers<T>& b, std::size_t n) { softmax(b.x.data(), n); });
  register_one<T>("first_above", isa, [](Buffers<T>& b, std::size_t n) {
    b.sink = static_cast<double>(first_above(b.x.data(), T{100}, n));
  });
}

}  // namespace
}  // namespace attune::kernels

int main(int argc, char** argv) {
  for (const attune::kernels::Isa isa : attune::kernels::supported()) {
    attune::kernels::register_type<float>(isa);
    attune::kernels::register_type<double>(isa);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
