#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix_view.h"
#include "kernels/top_k.h"

namespace attune::kernels {

// Dot products of queries with many rows in 8 bits: a quarter of the memory traffic of float, and integer sums that are
// exact. For finding candidates whose scores are then computed in float; `error_bound` says when that is a proof.
// Scores have the same bytes on every instruction set. Numbers must be finite; a row or a query whose largest number is
// below 1e-30 counts as zeros.

// A query q as scale * values, each value the nearest of -127 .. 127. May be set again; allocates only when it grows.
class Int8Query {
 public:
  Int8Query() = default;
  explicit Int8Query(std::span<const float> query) { set(query); }
  void set(std::span<const float> query);

  std::size_t size() const noexcept { return size_; }
  float scale() const noexcept { return scale_; }
  std::uint64_t length() const noexcept { return length_; }              // the sum of the sizes of the values
  const std::int8_t* values() const noexcept { return values_.data(); }  // filled up with zeros to a multiple of four

 private:
  std::size_t size_ = 0;
  float scale_ = 0;
  std::uint64_t length_ = 0;
  std::vector<std::int8_t> values_;
};

// A matrix of which each row r is scale_r * values, copied into panels of 32 rows. Immutable, and thread-safe.
class Int8Rows {
 public:
  static constexpr std::size_t kPanel = 32;

  Int8Rows() = default;
  explicit Int8Rows(BasicMatrixView<const float> rows);  // at most 65536 columns
  Int8Rows(Int8Rows&&) = default;
  Int8Rows& operator=(Int8Rows&&) = default;

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }

  // No score of `scan` is further than this from the dot product of the query and the row, computed without rounding.
  float error_bound(const Int8Query&) const noexcept;

  const std::int8_t* panel(std::size_t index) const noexcept;  // [groups of 4 columns][kPanel][4], 64-byte aligned
  const float* scales() const noexcept { return scales_.data(); }
  const std::int32_t* sums() const noexcept { return sums_.data(); }  // of a row's values

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  float largest_scale_ = 0;
  float largest_length_ = 0;  // of scale_r times the sum of the sizes of the values of r
  std::vector<std::int8_t> storage_;
  std::size_t begin_ = 0;  // of the first panel in `storage_`
  std::vector<float> scales_;
  std::vector<std::int32_t> sums_;
};

// scores[i] = about query · row (first + i); the query has as many values as a row.
void scan(const Int8Rows&, const Int8Query&, std::size_t first, std::span<float> scores) noexcept;

// Offers to best[q] the score of queries[q] with each of the rows [first, first + count), under the row's number.
// Blocks of rows meet all queries while they are in the cache.
void scan(const Int8Rows&, std::span<const Int8Query> queries, std::size_t first, std::size_t count,
          std::span<TopK<float>> best);

}  // namespace attune::kernels
