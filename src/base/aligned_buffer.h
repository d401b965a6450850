#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace attune {

// Allocates `bytes` of zeros at a multiple of 64 bytes; from 4 MB on at a multiple of 2 MB, and asks the system for
// huge pages there, since a fault on a 4 KB page costs more than the work on it. Throws Error(kSystem) when memory is
// refused. Freed by free_aligned.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory) noexcept;

// A fixed number of values of a plain type, zero at first, aligned for vector loads. Moves, does not copy.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : data_(static_cast<T*>(allocate_aligned(size * sizeof(T)))), size_(size) {}

  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) noexcept { return data_.get()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_.get()[i]; }
  std::span<T> span() noexcept { return {data_.get(), size_}; }
  std::span<const T> span() const noexcept { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* memory) const noexcept { free_aligned(memory); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace attune
