#include "training/table_gradient.h"

namespace attune {

template <class T>
TableGradient<T>::TableGradient(Form form, std::size_t items, std::size_t width)
    : form_(form), items_(items), width_(width) {
  if (form == Form::kDense) {
    dense_ = AlignedBuffer<T>(items * width);
  } else {
    slots_.assign(items, kNone);
  }
}

template <class T>
void TableGradient<T>::open(std::uint32_t item) {
  slots_[item] = static_cast<std::uint32_t>(touched_.size());
  touched_.push_back(item);
  rows_.resize(touched_.size() * width_);  // new values are zeros
}

template <class T>
void TableGradient<T>::clear() {
  for (const std::uint32_t item : touched_) slots_[item] = kNone;
  touched_.clear();
  rows_.clear();
}

template class TableGradient<float>;
template class TableGradient<double>;

}  // namespace attune
