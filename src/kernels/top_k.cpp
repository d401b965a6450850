#include "kernels/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/threshold.h"

namespace attune::kernels {
namespace {

// Whether `a` ranks ahead of `b`. As the order of a heap it puts the entry that ranks last at the front.
constexpr auto ahead = [](const auto& a, const auto& b) {
  return a.value > b.value || (a.value == b.value && a.index < b.index);
};

}  // namespace

template <class T>
TopK<T>::TopK(std::size_t k) : k_(k) {}

template <class T>
void TopK<T>::offer(T value, std::uint32_t index) {
  if (k_ == 0 || !(value > -std::numeric_limits<T>::infinity())) return;
  const Entry entry{value, index};
  if (heap_.size() == k_) {
    if (!ahead(entry, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), ahead);
    heap_.back() = entry;
  } else {
    heap_.push_back(entry);
  }
  std::push_heap(heap_.begin(), heap_.end(), ahead);
}

template <class T>
void TopK<T>::offer(std::span<const T> values, std::uint32_t first) {
  if (k_ == 0) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    T threshold = -std::numeric_limits<T>::infinity();
    if (heap_.size() == k_) {
      // An equal value can only be kept if its index is lower; in the usual ascending order it never is.
      const Entry& last = heap_.front();
      threshold = first + i > last.index ? last.value : std::nextafter(last.value, threshold);
    }
    i += first_above(values.data() + i, threshold, values.size() - i);
    if (i < values.size()) offer(values[i], first + static_cast<std::uint32_t>(i));
  }
}

template <class T>
std::vector<typename TopK<T>::Entry> TopK<T>::take() {
  std::vector<Entry> out;
  take(out);
  return out;
}

template <class T>
void TopK<T>::take(std::vector<Entry>& out) {
  std::sort(heap_.begin(), heap_.end(), ahead);
  out.assign(heap_.begin(), heap_.end());
  heap_.clear();
}

template class TopK<float>;
template class TopK<double>;

}  // namespace attune::kernels
