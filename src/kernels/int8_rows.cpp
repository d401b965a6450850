#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "kernels/int8_scan.h"

namespace attune::kernels {
namespace {

constexpr std::size_t kGroup = 4;  // columns that lie together in a panel
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kColumnsMax = 65536;  // of products below 2^15, whose sum a lane of 32 bits holds

std::size_t whole_groups(std::size_t columns) { return (columns + kGroup - 1) / kGroup * kGroup; }

// What the values are divided by: 127 is the largest of them.
float scale_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest < 1e-30f ? 0 : largest / 127;
}

// The nearest of -127 .. 127; the clamp is for a quotient that rounding has lifted above 127.
std::int8_t quantised(float value, float scale) {
  if (scale == 0) return 0;
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f));
}

}  // namespace

void Int8Query::set(std::span<const float> query) {
  size_ = query.size();
  scale_ = scale_of(query);
  values_.assign(whole_groups(size_), 0);
  length_ = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    values_[i] = quantised(query[i], scale_);
    length_ += static_cast<std::uint64_t>(std::abs(values_[i]));
  }
}

Int8Rows::Int8Rows(BasicMatrixView<const float> rows) : rows_(rows.rows), columns_(rows.columns) {
  ATTUNE_CHECK(columns_ <= kColumnsMax);
  const std::size_t panels = (rows_ + kPanel - 1) / kPanel, panel_bytes = kPanel * whole_groups(columns_);
  storage_.assign(panels * panel_bytes + kAlignment, 0);
  begin_ = (kAlignment - reinterpret_cast<std::uintptr_t>(storage_.data()) % kAlignment) % kAlignment;
  scales_.assign(panels * kPanel, 0);
  sums_.assign(panels * kPanel, 0);
  for (std::size_t r = 0; r < rows_; ++r) {
    const std::span<const float> row = rows.row(r);
    const float scale = scales_[r] = scale_of(row);
    std::int8_t* panel = storage_.data() + begin_ + r / kPanel * panel_bytes + r % kPanel * kGroup;
    std::int64_t length = 0;
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::int8_t value = quantised(row[c], scale);
      panel[c / kGroup * kGroup * kPanel + c % kGroup] = value;
      sums_[r] += value;
      length += std::abs(value);
    }
    largest_scale_ = std::max(largest_scale_, scale);
    largest_length_ = std::max(largest_length_, scale * static_cast<float>(length));
  }
}

// With q = s (Q + e), r = t (R + f) and |e|, |f| <= 1/2 in each column: |q·r - s t Q·R| <= s t (|Q| + |R| + n/2) / 2. A
// hundredth on top covers that e and f may be a rounding above 1/2, and the roundings of the score and of this.
float Int8Rows::error_bound(const Int8Query& query) const noexcept {
  ATTUNE_CHECK(query.size() == columns_);
  const double lengths = static_cast<double>(query.length()) + static_cast<double>(columns_) / 2;
  const double bound = query.scale() * (largest_scale_ * lengths + largest_length_) / 2;
  return static_cast<float>(1.01 * bound);
}

const std::int8_t* Int8Rows::panel(std::size_t index) const noexcept {
  return storage_.data() + begin_ + index * kPanel * whole_groups(columns_);
}

}  // namespace attune::kernels
