#pragma once

#include <cstddef>
#include <vector>

#include "kernels/top_k.h"

// The kernels once more, one element at a time and without any instruction set in mind: what the fast ones must agree
// with. Sums run in long double. For tests; T is float or double.
namespace attune::kernels::reference {

template <class T>
T dot(const T* a, const T* b, std::size_t n);

template <class T>
void axpy(T alpha, const T* x, T* y, std::size_t n);

template <class T>
void scale(T alpha, T* x, std::size_t n);

template <class T>
T max(const T* x, std::size_t n);

template <class T>
double exp_shifted(T* x, T shift, std::size_t n);

template <class T>
double sum_exp(const T* x, T shift, std::size_t n);

template <class T>
void softmax(T* x, std::size_t n);

template <class T>
double log_sum_exp(const T* x, std::size_t n);

template <class T>
std::size_t first_above(const T* x, T threshold, std::size_t n);

// Sorts everything and keeps the head.
template <class T>
std::vector<typename TopK<T>::Entry> top_k(const T* x, std::size_t n, std::size_t k);

}  // namespace attune::kernels::reference
