#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "base/rng.h"

namespace attune::kernels {

// For tests: n normal values that begin `offset` values off an allocation and are followed by NaN, so that a kernel
// which reads or writes past them shows.
template <class T>
class Guarded {
 public:
  Guarded(std::size_t n, std::size_t offset, Rng& rng)
      : values_(offset + n + kMargin, std::numeric_limits<T>::quiet_NaN()), offset_(offset), size_(n) {
    for (std::size_t i = 0; i < n; ++i) values_[offset + i] = static_cast<T>(rng.normal());
  }

  T* data() { return values_.data() + offset_; }
  const T* data() const { return values_.data() + offset_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return values_[offset_ + i]; }
  std::vector<T> copy() const { return {data(), data() + size_}; }

  bool intact() const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if ((i < offset_ || i >= offset_ + size_) && !std::isnan(values_[i])) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kMargin = 40;
  std::vector<T> values_;
  std::size_t offset_, size_;
};

}  // namespace attune::kernels
