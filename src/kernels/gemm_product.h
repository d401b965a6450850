#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/gemm.h"

// How a product is described to the code that is compiled for each instruction set. Internal to this folder.
namespace attune::kernels {

// What a factor of type T is multiplied as. A unit is one value or, of bf16, two that follow each other along k: the
// register tile reads units, and a panel holds them.
template <class T>
struct Operand {
  using Unit = T;
  using Sum = T;
  static constexpr std::size_t kValues = 1;  // along k, in a unit
};

template <>
struct Operand<Bf16> {
  using Unit = std::uint32_t;
  using Sum = float;
  static constexpr std::size_t kValues = 2;
};

template <class T>
using UnitOf = typename Operand<T>::Unit;
template <class T>
using SumOf = typename Operand<T>::Sum;

template <class T>
constexpr std::size_t units_of(std::size_t k) noexcept {
  return (k + Operand<T>::kValues - 1) / Operand<T>::kValues;
}

// Columns of a panel: 128 bytes of units, on every instruction set alike. A panel is [units][kPanel].
template <class T>
constexpr std::size_t kPanel = 128 / sizeof(UnitOf<T>);

// Units along k that a register tile sums up before it adds to C.
constexpr std::size_t kDepth = 256;

constexpr std::size_t kPanelAlignment = 128;

enum class Layout {
  kRows,     // B [n, k], row-major: packed on the way
  kColumns,  // B [k, n], row-major: copied into panels on the way
  kPanels,   // packed before
};

template <class T>
struct Product {
  const T* a;
  std::size_t a_stride;
  bool a_turned;  // A lies [k, m]
  const void* b;  // panels of units, or values
  std::size_t b_stride;
  Layout layout;
  // Only with kPanels: what column 0 of C and element 0 of k are in the packed factor, and how many rows that has.
  std::size_t first, first_k, packed_k;
  SumOf<T>* c;
  std::size_t c_stride;
  std::size_t m, n, k;
  const SumOf<T>* bias;
  bool add;
  Activation activation;
  SumOf<T>* before;
  std::size_t before_stride;
};

// A factor to be packed, k rows and n columns of it.
template <class T>
struct Factor {
  const T* data;
  std::size_t stride;
  std::size_t k, n;
  Layout layout;  // kRows or kColumns
};

// On the instruction set in use. A product's sizes have been checked; there is room for the panels.
void multiply(const Product<float>&) noexcept;
void multiply(const Product<double>&) noexcept;
void pack(const Factor<float>&, void* panels) noexcept;
void pack(const Factor<double>&, void* panels) noexcept;
void multiply(const Product<Bf16>&) noexcept;
void pack(const Factor<Bf16>&, void* panels) noexcept;

}  // namespace attune::kernels
