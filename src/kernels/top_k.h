#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace attune::kernels {

// Keeps the k largest of the values offered. Ties go to the lower index; NaN and -inf are never kept. Not thread-safe.
template <class T>
class TopK {
 public:
  struct Entry {
    T value;
    std::uint32_t index;
  };

  explicit TopK(std::size_t k);

  // Offers values[i] as index first + i. A value that cannot be kept costs one comparison, several at a time.
  void offer(std::span<const T> values, std::uint32_t first);
  void offer(T value, std::uint32_t index);

  // The entries kept, largest first, and empties the collection for the next row.
  std::vector<Entry> take();
  void take(std::vector<Entry>& out);

 private:
  std::size_t k_;
  std::vector<Entry> heap_;  // smallest kept entry at the front
};

extern template class TopK<float>;
extern template class TopK<double>;

}  // namespace attune::kernels
