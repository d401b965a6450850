// Speed of the products of small transformers on one thread: GFLOP/s, the share of what bare multiply-adds reach, and
// oneDNN beside it. Everything is measured in turn, several times over, and the medians are printed.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "kernels/gemm.h"
#include "kernels/gemm_bf16.h"
#include "kernels/isa.h"
#include "kernels/packed.h"
#include "kernels/peak.h"

#if ATTUNE_ONEDNN
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace attune::kernels {
namespace {

enum class Form { kPacked, kNt, kNn, kTn, kPackedBf16 };

struct Shape {
  const char* group;
  Form form;
  std::size_t m, n, k;
};

std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const std::size_t tokens : {100u, 160u, 240u}) {
    for (const std::size_t out : {64u, 128u, 192u, 256u}) all.push_back({"forward", Form::kPacked, tokens, out, 64});
    all.push_back({"forward", Form::kPacked, tokens, 64, 256});
    for (const std::size_t out : {64u, 256u}) all.push_back({"dW", Form::kTn, out, 64, tokens});
    for (const std::size_t in : {192u, 256u}) all.push_back({"dW", Form::kTn, 64, in, tokens});
    all.push_back({"dW", Form::kTn, 512, 64, tokens});
    for (const std::size_t items : {3416u, 12101u}) all.push_back({"logits", Form::kPacked, tokens, items, 64});
    all.push_back({"logits", Form::kNn, tokens, 64, 512});
    all.push_back({"forward in bf16", Form::kPackedBf16, tokens, 256, 64});
    all.push_back({"logits in bf16", Form::kPackedBf16, tokens, 3416, 64});
  }
  for (const std::size_t length : {10u, 20u, 30u, 50u, 200u}) {
    for (const std::size_t width : {32u, 64u}) {
      all.push_back({"attention", Form::kNt, length, length, width});
      all.push_back({"attention", Form::kNn, length, width, length});
    }
  }
  return all;
}

// Matrices of one shape, and the calls to be timed on them.
struct Case {
  Shape shape;
  std::vector<float> a, b, c;
  std::vector<Bf16> a16, b16;
  Packed<float> packed;
  Packed<Bf16> packed16;
  std::function<void()> ours;
  std::vector<std::function<void()>> theirs;
  std::vector<double> our_seconds;
  std::vector<std::vector<double>> their_seconds;

  double flops() const { return 2.0 * static_cast<double>(shape.m * shape.n * shape.k); }
};

std::vector<float> random_values(std::size_t n) {
  Rng rng(1);
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

void set_ours(Case& c) {
  const auto [group, form, m, n, k] = c.shape;
  const BasicMatrixView<const float> a(c.a.data(), m, k), turned(c.a.data(), k, m);
  const BasicMatrixView<const float> rows(c.b.data(), n, k), columns(c.b.data(), k, n);
  const BasicMatrixView<const Bf16> a16(c.a16.data(), m, k), rows16(c.b16.data(), n, k);
  const BasicMatrixView<float> out(c.c.data(), m, n);
  c.packed.pack_rows(rows);
  c.packed16.pack_rows(rows16);
  switch (form) {
    case Form::kPacked:
      c.ours = [&c, a, out] { gemm(a, c.packed, 0, out); };
      break;
    case Form::kNt:
      c.ours = [a, rows, out] { gemm_nt(a, rows, out, Accumulate::kNo); };
      break;
    case Form::kNn:
      c.ours = [a, columns, out] { gemm_nn(a, columns, out, Accumulate::kNo); };
      break;
    case Form::kTn:
      c.ours = [turned, columns, out] { gemm_tn(turned, columns, out, Accumulate::kNo); };
      break;
    case Form::kPackedBf16:
      c.ours = [&c, a16, out] { gemm(a16, c.packed16, 0, out); };
      break;
  }
}

#if ATTUNE_ONEDNN
// oneDNN's product as a primitive made once; with packed factors, B lies as oneDNN likes it best.
std::function<void()> matmul_of(Case& c) {
  using Tag = dnnl::memory::format_tag;
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  static dnnl::stream stream(engine);
  const auto [group, form, m, n, k] = c.shape;
  const auto size = [](std::size_t x) { return static_cast<dnnl_dim_t>(x); };
  const auto type = dnnl::memory::data_type::f32;
  const dnnl::memory::desc a({size(m), size(k)}, type, form == Form::kTn ? Tag::ba : Tag::ab);
  const dnnl::memory::desc plain({size(k), size(n)}, type,
                                 form == Form::kPacked || form == Form::kNt ? Tag::ba : Tag::ab);
  const dnnl::memory::desc best({size(k), size(n)}, type, Tag::any), out({size(m), size(n)}, type, Tag::ab);
  const dnnl::matmul::desc description(a, form == Form::kPacked ? best : plain, out);
  const dnnl::matmul::primitive_desc primitive(description, engine);
  dnnl::memory b(plain, engine, c.b.data());
  if (form == Form::kPacked) {
    dnnl::memory reordered(primitive.weights_desc(), engine);
    dnnl::reorder(b, reordered).execute(stream, b, reordered);
    stream.wait();
    b = reordered;
  }
  const std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, dnnl::memory(a, engine, c.a.data())},
                                                        {DNNL_ARG_WEIGHTS, b},
                                                        {DNNL_ARG_DST, dnnl::memory(out, engine, c.c.data())}};
  return [product = dnnl::matmul(primitive), arguments] {
    product.execute(stream, arguments);
    stream.wait();
  };
}

// The fastest of oneDNN's ways counts.
void set_theirs(Case& c) {
  if (c.shape.form == Form::kPackedBf16) return;
  c.theirs.push_back(matmul_of(c));
  c.theirs.push_back([&c] {
    const auto size = [](std::size_t x) { return static_cast<dnnl_dim_t>(x); };
    const auto [group, form, m, n, k] = c.shape;
    const bool rows = form == Form::kPacked || form == Form::kNt, turned = form == Form::kTn;
    dnnl_sgemm(turned ? 'T' : 'N', rows ? 'T' : 'N', size(m), size(n), size(k), 1.0f, c.a.data(), size(turned ? m : k),
               c.b.data(), size(rows ? k : n), 0.0f, c.c.data(), size(n));
  });
}
#else
void set_theirs(Case&) {}
#endif

double seconds_of(const std::function<void()>& call, std::size_t times) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < times; ++i) call();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return took.count() / static_cast<double>(times);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void measure(Case& c) {
  const std::size_t times = static_cast<std::size_t>(1e8 / c.flops()) + 1;  // about a millisecond
  c.our_seconds.push_back(seconds_of(c.ours, times));
  c.their_seconds.resize(c.theirs.size());
  for (std::size_t i = 0; i < c.theirs.size(); ++i) c.their_seconds[i].push_back(seconds_of(c.theirs[i], times));
}

double flops_of_peak() {
  std::size_t done = 0;
  const double took = seconds_of([&] { done = run_multiply_adds_f32(500'000); }, 1);
  return static_cast<double>(done) / took;
}

struct Means {
  double log_share = 0, log_ratio = 0;
  int count = 0;
  bool beside = false;

  void add(double share, double ratio, bool with_ratio) {
    log_share += std::log(share);
    if (with_ratio) log_ratio += std::log(ratio);
    beside = with_ratio;
    ++count;
  }
  void print(const char* name) const {
    std::printf("%-18s geometric mean: %.3f of peak", name, std::exp(log_share / count));
    if (beside) std::printf(", %.3f times oneDNN", std::exp(log_ratio / count));
    std::printf("\n");
  }
};

void print_cases(const std::vector<Case>& cases, double peak) {
  std::printf("%-18s %6s %6s %6s %9s %7s %9s %7s\n", "", "m", "n", "k", "GFLOP/s", "share", "oneDNN", "ratio");
  std::map<std::string, Means> groups;
  std::vector<std::string> order;
  Means target;
  for (const Case& c : cases) {
    const double speed = c.flops() / median(c.our_seconds);
    double beside = 0;
    for (const auto& seconds : c.their_seconds) beside = std::max(beside, c.flops() / median(seconds));
    const std::string group = c.shape.group;
    std::printf("%-18s %6zu %6zu %6zu %9.1f %7.3f", c.shape.group, c.shape.m, c.shape.n, c.shape.k, speed / 1e9,
                speed / peak);
    if (beside > 0) std::printf(" %9.1f %7.3f", beside / 1e9, speed / beside);
    std::printf("\n");
    if (!groups.contains(group)) order.push_back(group);
    groups[group].add(speed / peak, speed / beside, beside > 0);
    if (group == "forward" || group == "dW" || group == "logits") target.add(speed / peak, speed / beside, beside > 0);
  }
  std::printf("\n");
  for (const std::string& group : order) groups[group].print(group.c_str());
  target.print("forward dW logits");
}

int run(int rounds) {
  select_from_environment();
#if ATTUNE_ONEDNN
  omp_set_num_threads(1);
#endif
  std::vector<Case> cases;
  for (const Shape& shape : shapes()) {
    cases.push_back({.shape = shape,
                     .a = random_values(shape.m * shape.k),
                     .b = random_values(shape.n * shape.k),
                     .c = std::vector<float>(shape.m * shape.n),
                     .a16 = std::vector<Bf16>(shape.m * shape.k),
                     .b16 = std::vector<Bf16>(shape.n * shape.k),
                     .packed = {},
                     .packed16 = {},
                     .ours = {},
                     .theirs = {},
                     .our_seconds = {},
                     .their_seconds = {}});
  }
  for (Case& c : cases) {
    to_bf16(c.a.data(), c.a16.data(), c.a.size());
    to_bf16(c.b.data(), c.b16.data(), c.b.size());
    set_ours(c);
    set_theirs(c);
  }
  std::vector<double> peaks;
  for (int round = 0; round < rounds; ++round) {
    peaks.push_back(flops_of_peak());
    for (Case& c : cases) measure(c);
  }
  std::printf("%s, one thread, medians of %d rounds; multiply-adds in float %.1f GFLOP/s\n\n",
              std::string(isa_name(current())).c_str(), rounds, median(peaks) / 1e9);
  print_cases(cases, median(peaks));
  return 0;
}

}  // namespace
}  // namespace attune::kernels

int main(int argc, char** argv) {
  const std::string_view flag = argc > 1 ? argv[1] : "";
  const int rounds = flag.starts_with("--rounds=") ? std::atoi(flag.substr(9).data()) : 15;
  if (argc > 2 || rounds < 1 || (argc > 1 && !flag.starts_with("--rounds="))) {
    std::fprintf(stderr, "usage: %s [--rounds=N]\n", argv[0]);
    return 2;
  }
  try {
    return attune::kernels::run(rounds);
  } catch (const attune::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
