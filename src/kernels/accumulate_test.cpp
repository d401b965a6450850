#include "kernels/accumulate.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"

namespace attune::kernels {
namespace {

TEST(AddWidened, IsExactForEveryLengthAndAlignment) {
  on_every_isa([](Isa isa) {
    Rng rng(1);
    for (std::size_t n = 0; n < 40; ++n) {
      for (std::size_t shift = 0; shift < 3; ++shift) {
        std::vector<float> x(n + shift);
        std::vector<double> y(n + shift + 1), expected;
        for (float& value : x) value = static_cast<float>(rng.normal());
        for (double& value : y) value = rng.normal();
        expected = y;
        for (std::size_t i = 0; i < n; ++i) expected[shift + i] += static_cast<double>(x[shift + i]);
        add_widened(x.data() + shift, y.data() + shift, n);
        ASSERT_EQ(y, expected) << isa_name(isa) << ' ' << n;
      }
    }
  });
}

}  // namespace
}  // namespace attune::kernels
