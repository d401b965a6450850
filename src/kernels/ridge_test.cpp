#include "kernels/ridge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "kernels/cholesky.h"
#include "kernels/every_isa.h"

namespace attune::kernels {
namespace {

struct Case {
  std::size_t width, used;
  std::vector<float> base, vectors;
  std::vector<std::uint32_t> picked;
  float ridge = 0.5F;

  // `used` values of each vector are not padding; `count` of 20 vectors are picked.
  Case(std::size_t w, std::size_t u, std::size_t count) : width(w), used(u), base(w * w), vectors(20 * w) {
    Rng rng(w + count);
    for (std::size_t n = 0; n < 20; ++n) {
      for (std::size_t i = 0; i < used; ++i) vectors[n * width + i] = static_cast<float>(rng.normal());
    }
    for (std::size_t i = 0; i < used; ++i) {
      for (std::size_t j = 0; j < used; ++j) {
        for (std::size_t n = 0; n < 20; ++n)
          base[i * width + j] += 0.1F * vectors[n * width + i] * vectors[n * width + j];
      }
    }
    for (std::size_t n = 0; n < count; ++n) picked.push_back(static_cast<std::uint32_t>(7 * n % 20));
  }

  RidgeSystem system() const { return {base.data(), ridge, vectors.data(), picked.data(), picked.size(), width}; }

  std::vector<double> exact() const {
    std::vector<double> a(used * used), x(used);
    for (std::size_t i = 0; i < used; ++i) {
      for (std::size_t j = 0; j < used; ++j)
        a[i * used + j] = static_cast<double>(base[i * width + j]) + (i == j ? ridge : 0.0);
    }
    for (const std::uint32_t n : picked) {
      const float* v = &vectors[n * width];
      for (std::size_t i = 0; i < used; ++i) {
        x[i] += static_cast<double>(v[i]);
        for (std::size_t j = 0; j < used; ++j) a[i * used + j] += static_cast<double>(v[i]) * static_cast<double>(v[j]);
      }
    }
    EXPECT_TRUE(cholesky({a.data(), used, used}));
    cholesky_solve(BasicMatrixView<const double>(a.data(), used, used), x.data());
    return x;
  }
};

TEST(Ridge, ConjugateGradientsReachTheExactSolutionOnEveryInstructionSet) {
  on_every_isa([](Isa isa) {
    for (const auto& [width, used] :
         {std::pair<std::size_t, std::size_t>{16, 1}, {16, 5}, {16, 16}, {32, 20}, {64, 64}}) {
      for (const std::size_t count : {0, 1, 3, 4, 5, 8, 19}) {
        const Case c(width, used, count);
        std::vector<float> x(width, 0.0F), scratch(3 * width);
        for (std::size_t i = 0; i < used; ++i) x[i] = 0.3F;
        improve_ridge_solution(c.system(), 200, x.data(), scratch.data());
        const std::vector<double> exact = c.exact();
        for (std::size_t i = 0; i < used; ++i) {
          ASSERT_NEAR(x[i], exact[i], 2e-5) << isa_name(isa) << ' ' << used << ' ' << count;
        }
        for (std::size_t i = used; i < width; ++i) ASSERT_EQ(x[i], 0.0F);
      }
    }
  });
}

TEST(Ridge, EveryStepComesNearer) {
  const Case c(32, 32, 12);
  const std::vector<double> exact = c.exact();
  double before = 1e9;
  for (const std::size_t steps : {0, 1, 3, 6, 12}) {
    std::vector<float> x(32), scratch(96);
    improve_ridge_solution(c.system(), steps, x.data(), scratch.data());
    double error = 0;
    for (std::size_t i = 0; i < 32; ++i) error += std::pow(static_cast<double>(x[i]) - exact[i], 2);
    EXPECT_LT(error, before) << steps;
    before = error;
  }
}

}  // namespace
}  // namespace attune::kernels
