#pragma once

#include <cstddef>

#include "kernels/bf16.h"

namespace attune::kernels {

// Vector primitives, in float and double. Every function accepts any n (also 0) and any alignment, allocates nothing,
// never throws, and agrees with its scalar twin in kernels/reference.h within the tolerance that vector_test.cpp
// states. Thread-safe. On one instruction set a result depends on its inputs alone.

// Returns the sum of a[i] * b[i].
float dot(const float* a, const float* b, std::size_t n) noexcept;
double dot(const double* a, const double* b, std::size_t n) noexcept;

// y[i] += alpha * x[i].
void axpy(float alpha, const float* x, float* y, std::size_t n) noexcept;
void axpy(double alpha, const double* x, double* y, std::size_t n) noexcept;

// sum[i] = x[i] + y[i]; sum may be x or y.
void add(const float* x, const float* y, float* sum, std::size_t n) noexcept;
void add(const double* x, const double* y, double* sum, std::size_t n) noexcept;

// x[i] *= alpha.
void scale(float alpha, float* x, std::size_t n) noexcept;
void scale(double alpha, double* x, std::size_t n) noexcept;

// The largest x[i]; -inf for n = 0. NaN if any is NaN.
float max(const float* x, std::size_t n) noexcept;
double max(const double* x, std::size_t n) noexcept;

// x[i] = exp(x[i] - shift) in place, 0 where that is less than about twice the smallest normal number, inf where it
// is too large; returns their sum (accumulated in double).
double exp_shifted(float* x, float shift, std::size_t n) noexcept;
double exp_shifted(double* x, double shift, std::size_t n) noexcept;

// The same into y, rounded to bf16; the sum is that of the values before, and NaN where one is, whatever y is then. x
// is unchanged. Where the CPU has VDPBF16PS the exponentials' relative error is below 1e-5 for |x| and |shift| up to
// 100, a two-hundredth of what rounding does.
double exp_shifted(const float* x, float shift, Bf16* y, std::size_t n) noexcept;

// The sum of exp(x[i] - shift), x unchanged.
double sum_exp(const float* x, float shift, std::size_t n) noexcept;
double sum_exp(const double* x, double shift, std::size_t n) noexcept;

// In place: x[i] = exp(x[i] - max) / sum. A row of only -inf, which a fully masked history gives, becomes zeros rather
// than NaN.
void softmax(float* x, std::size_t n) noexcept;
void softmax(double* x, std::size_t n) noexcept;

// log(sum(exp(x[i]))), without overflow; -inf for n = 0 or only -inf.
double log_sum_exp(const float* x, std::size_t n) noexcept;
double log_sum_exp(const double* x, std::size_t n) noexcept;

}  // namespace attune::kernels
