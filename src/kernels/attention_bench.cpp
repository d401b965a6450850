// Speed of fused attention of one head on each instruction set that this CPU runs. Counted is what causal attention
// needs, 2 L (L + 1) d operations forward and twice that backward, so what tiles compute beyond the diagonal lowers the
// figure; as GFLOP/s and as a share of what bare multiply-adds reach in the same run. Heads lie side by side, as a
// layer has them.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/attention.h"
#include "kernels/isa.h"
#include "kernels/peak.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kWidth = 64;  // of all heads

// The best of some short runs, since whatever else the machine does can only make one slower.
double peak_flops() {
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t done = run_multiply_adds_f32(1'000'000);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::max(best, static_cast<double>(done) / took.count());
  }
  return best;
}

struct Case {
  std::size_t length, head;  // L, d
  double drop;
  Weighting weighting;
  AttentionShape shape{length, length, head, head};
  std::vector<float> query, memory, output, d_output, d_query, d_memory, kept, scratch;
  AttentionInputs<float> in;

  Case(std::size_t tokens, std::size_t width, double probability, Weighting form)
      : length(tokens), head(width), drop(probability), weighting(form) {
    Rng rng(1);
    for (std::vector<float>* values : {&query, &output, &d_output, &d_query}) values->resize(length * kWidth);
    for (std::vector<float>* values : {&memory, &d_memory}) values->resize(length * 2 * kWidth);
    for (std::vector<float>* values : {&query, &memory, &d_output}) {
      for (float& value : *values) value = static_cast<float>(rng.normal());
    }
    kept.resize(attention_kept_values(shape));
    scratch.resize(attention_scratch_values(shape));
    in.query = {query.data(), length, head, kWidth};
    in.key = {memory.data(), length, head, 2 * kWidth};
    in.value = {memory.data() + kWidth, length, head, 2 * kWidth};
    in.scale = 1 / std::sqrt(static_cast<float>(head));
    in.weighting = weighting;
    in.dropout = dropout_mask(drop, 1, 1);
  }

  void forward() { attention(in, out(), kept.data(), scratch.data()); }
  void backward() {
    attention_backward(in, out(), kept.data(), {d_output.data(), length, head, kWidth},
                       {{d_query.data(), length, head, kWidth},
                        {d_memory.data(), length, head, 2 * kWidth},
                        {d_memory.data() + kWidth, length, head, 2 * kWidth},
                        {}},
                       scratch.data());
  }
  BasicMatrixView<float> out() { return {output.data(), length, head, kWidth}; }
  double operations() const { return 2.0 * static_cast<double>(length * (length + 1) * head); }
};

enum class Pass { kForward, kBackward, kOfOne };

void attend(benchmark::State& state, Isa isa, Pass pass, std::size_t length, std::size_t head, double drop,
            Weighting weighting) {
  use(isa);
  Case c(length, head, drop, weighting);
  c.forward();
  const double peak = peak_flops();
  for (auto _ : state) {
    if (pass == Pass::kForward) c.forward();
    if (pass == Pass::kBackward) c.backward();
    if (pass == Pass::kOfOne) attention_of_one(c.in, c.output.data(), c.scratch.data());
    benchmark::ClobberMemory();
  }
  if (pass == Pass::kOfOne) return;
  const double operations = c.operations() * (pass == Pass::kBackward ? 2 : 1);
  state.counters["GFLOP/s"] = benchmark::Counter(operations / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["of_peak"] = benchmark::Counter(operations / peak, benchmark::Counter::kIsIterationInvariantRate);
}

void register_isa(Isa isa) {
  const std::pair<const char*, Pass> passes[] = {
      {"forward", Pass::kForward}, {"backward", Pass::kBackward}, {"of_one", Pass::kOfOne}};
  const std::tuple<const char*, double, Weighting> forms[] = {{"softmax", 0.0, Weighting::kSoftmax},
                                                              {"softmax_dropout", 0.2, Weighting::kSoftmax},
                                                              {"silu", 0.0, Weighting::kSilu}};
  for (const auto& [pass_name, pass] : passes) {
    for (const auto& [form_name, drop, weighting] : forms) {
      for (const std::size_t head : {32, 64}) {
        for (const std::size_t length : {10, 50, 100, 200}) {
          if (pass == Pass::kOfOne && (drop > 0 || length != 200)) continue;
          const std::string name = std::string(isa_name(isa)) + '/' + pass_name + '/' + form_name + "/L" +
                                   std::to_string(length) + "/d" + std::to_string(head);
          benchmark::RegisterBenchmark(name.c_str(), attend, isa, pass, length, head, drop, weighting)->MinTime(0.1);
        }
      }
    }
  }
}

}  // namespace
}  // namespace attune::kernels

int main(int argc, char** argv) {
  for (const attune::kernels::Isa isa : attune::kernels::supported()) attune::kernels::register_isa(isa);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
