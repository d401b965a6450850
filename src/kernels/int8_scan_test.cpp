#include "kernels/int8_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "kernels/every_isa.h"
#include "kernels/matrix_for_test.h"

namespace attune::kernels {
namespace {

struct Quantised {
  float scale;
  std::vector<int> values;
};

Quantised quantised(std::span<const float> x) {
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::abs(value));
  Quantised out{largest / 127, {}};
  for (const float value : x) out.values.push_back(largest == 0 ? 0 : static_cast<int>(std::lrint(value / out.scale)));
  return out;
}

// What the score must be to the last bit: the sum is an integer, and two products follow it.
float score_of(const Quantised& query, const Quantised& row) {
  int sum = 0;
  for (std::size_t i = 0; i < row.values.size(); ++i) sum += query.values[i] * row.values[i];
  return static_cast<float>(sum) * row.scale * query.scale;
}

double exact(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

TEST(Int8Scan, ScoresAreExactInIntegersAtEveryWidthAndPlace) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    Rng rng(3);
    for (std::size_t width = 0; width <= 70; ++width) {
      const TestMatrix<float> items(75, width, 1, rng), query(1, width, 0, rng);
      const Int8Rows rows(items.read());
      const Int8Query asked(query.view.row(0));
      for (const std::size_t first : {0, 1, 31, 32, 40, 75}) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{33}, 75 - first}) {
          if (first + count > 75) continue;
          std::vector<float> scores(count + 1, -1);
          scan(rows, asked, first, std::span(scores).first(count));
          for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(scores[i], score_of(quantised(query.view.row(0)), quantised(items.view.row(first + i))));
          }
          EXPECT_EQ(scores[count], -1);
        }
      }
    }
  });
}

// All products as large as they can be, of one sign and of changing sign: nothing saturates.
TEST(Int8Scan, ExtremeValuesDoNotSaturate) {
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<float> items(4 * 256, 1.0f), query(256, -1.0f);
    for (std::size_t i = 0; i < 256; ++i) {
      items[256 + i] = -1;
      items[512 + i] = i % 2 == 0 ? 1.0f : -1.0f;
      items[768 + i] = 0;
    }
    std::vector<float> scores(4);
    scan(Int8Rows({items.data(), 4, 256}), Int8Query(query), 0, scores);
    EXPECT_FLOAT_EQ(scores[0], -256);
    EXPECT_FLOAT_EQ(scores[1], 256);
    EXPECT_EQ(scores[2], 0);
    EXPECT_EQ(scores[3], 0);
  });
}

TEST(Int8Scan, BoundHoldsAndIsNotIdle) {
  Rng rng(5);
  double closest = 0;
  for (const std::size_t width : {1, 2, 3, 8, 64}) {
    for (int trial = 0; trial < 200; ++trial) {
      const TestMatrix<float> items(40, width, 0, rng), query(1, width, 0, rng);
      const Int8Rows rows(items.read());
      const Int8Query asked(query.view.row(0));
      std::vector<float> scores(40);
      scan(rows, asked, 0, scores);
      const double bound = rows.error_bound(asked);
      for (std::size_t r = 0; r < 40; ++r) {
        const double off = std::abs(exact(query.view.row(0), items.view.row(r)) - scores[r]);
        ASSERT_LE(off, bound) << width << ", " << r;
        closest = std::max(closest, off / bound);
      }
    }
  }
  EXPECT_GT(closest, 0.3);
}

TEST(Int8Scan, CandidatesOfManyQueriesHoldTheExactBest) {
  constexpr std::size_t kRows = 3000, kWidth = 64, kBest = 10, kCandidates = 32;
  Rng rng(7);
  const TestMatrix<float> items(kRows, kWidth, 0, rng), asked(20, kWidth, 0, rng);
  const Int8Rows rows(items.read());
  std::vector<Int8Query> queries;
  for (std::size_t q = 0; q < 20; ++q) queries.emplace_back(asked.view.row(q));
  on_every_isa([&](Isa isa) {
    SCOPED_TRACE(isa_name(isa));
    std::vector<TopK<float>> best(queries.size(), TopK<float>(kCandidates));
    scan(rows, queries, 0, 1000, best);
    scan(rows, queries, 1000, kRows - 1000, best);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      TopK<float> exact_best(kBest);
      for (std::size_t r = 0; r < kRows; ++r) {
        exact_best.offer(static_cast<float>(exact(asked.view.row(q), items.view.row(r))),
                         static_cast<std::uint32_t>(r));
      }
      const auto candidates = best[q].take();
      EXPECT_EQ(candidates.size(), kCandidates);
      for (const auto& entry : exact_best.take()) {
        EXPECT_TRUE(std::any_of(candidates.begin(), candidates.end(), [&](auto& c) { return c.index == entry.index; }));
      }
    }
  });
}

TEST(Int8Scan, ZerosAndNothingAreFine) {
  const std::vector<float> zeros(64, 0.0f), query(32, 1.0f);
  const Int8Rows rows({zeros.data(), 2, 32});
  std::vector<float> scores(2, 1.0f);
  scan(rows, Int8Query(query), 0, scores);
  EXPECT_EQ(scores, std::vector<float>(2, 0.0f));
  scan(rows, Int8Query(std::span(zeros).first(32)), 0, scores);
  EXPECT_EQ(scores, std::vector<float>(2, 0.0f));
  EXPECT_EQ(rows.error_bound(Int8Query(std::span(zeros).first(32))), 0);
  scan(Int8Rows(), Int8Query(), 0, {});
}

}  // namespace
}  // namespace attune::kernels
