// Speed of norms, activations, dropout, Adam and the loss's rows on each instruction set that this CPU runs, in
// nanoseconds a value, at sizes that fit the first caches.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/activation.h"
#include "kernels/adam.h"
#include "kernels/dropout.h"
#include "kernels/isa.h"
#include "kernels/norm.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kRows = 32, kWidth = 64, kValues = kRows * kWidth;

struct Buffers {
  std::vector<float> x, y, z, w, gain, shift, mean, rstd, d_gain, d_shift;

  Buffers() {
    Rng rng(1);
    for (std::vector<float>* values : {&x, &y, &z, &w}) {
      values->resize(kValues);
      for (float& value : *values) value = static_cast<float>(rng.uniform());
    }
    for (std::vector<float>* values : {&gain, &shift, &d_gain, &d_shift}) values->assign(kWidth, 1);
    for (std::vector<float>* values : {&mean, &rstd}) values->assign(kRows, 0);
  }

  NormWeights<float> weights() const { return {gain.data(), shift.data()}; }
  BasicMatrixView<const float> rows(const std::vector<float>& values) const { return {values.data(), kRows, kWidth}; }
};

template <class Body>
void register_one(Isa isa, const std::string& name, Body body) {
  benchmark::RegisterBenchmark((std::string(isa_name(isa)) + '/' + name).c_str(), [=](benchmark::State& state) {
    use(isa);
    Buffers buffers;
    for (auto _ : state) {
      body(buffers);
      benchmark::ClobberMemory();
    }
    state.counters["ns_per_value"] =
        benchmark::Counter(kValues / 1e9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  })->MinTime(0.05);
}

void register_norms(Isa isa) {
  register_one(isa, "layer_norm", [](Buffers& b) {
    layer_norm(b.rows(b.x), b.weights(), 1e-5F, {b.y.data(), kRows, kWidth}, {b.mean.data(), b.rstd.data()});
  });
  register_one(isa, "layer_norm_backward", [](Buffers& b) {
    layer_norm_backward(b.rows(b.x), b.weights(), {b.mean.data(), b.rstd.data()}, b.rows(b.y),
                        {b.z.data(), kRows, kWidth}, Accumulate::kNo, {b.d_gain.data(), b.d_shift.data()});
  });
}

void register_activations(Isa isa) {
  const std::pair<const char*, Activation> all[] = {
      {"relu", Activation::kRelu}, {"silu", Activation::kSilu}, {"gelu", Activation::kGelu}};
  for (const auto& [name, kind] : all) {
    const Activation of = kind;
    register_one(isa, name, [of](Buffers& b) { activate(of, b.x.data(), b.y.data(), kValues); });
    register_one(isa, std::string(name) + "_backward",
                 [of](Buffers& b) { activate_backward(of, b.x.data(), b.y.data(), b.z.data(), kValues); });
  }
  register_one(isa, "swiglu", [](Buffers& b) { swiglu({b.x.data(), b.y.data()}, b.z.data(), kValues); });
}

void register_others(Isa isa) {
  const DropoutMask mask = dropout_mask(0.2, 1, 1);
  register_one(isa, "dropout", [mask](Buffers& b) { dropout(mask, 0, b.x.data(), kValues); });
  register_one(isa, "add_dropout", [mask](Buffers& b) { add_dropout(mask, 0, b.x.data(), b.y.data(), kValues); });
  register_one(isa, "adam",
               [](Buffers& b) { adam(AdamStep{}, b.w.data(), b.x.data(), {b.y.data(), b.z.data()}, kValues); });
}

}  // namespace
}  // namespace attune::kernels

int main(int argc, char** argv) {
  for (const attune::kernels::Isa isa : attune::kernels::supported()) {
    attune::kernels::register_norms(isa);
    attune::kernels::register_activations(isa);
    attune::kernels::register_others(isa);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
