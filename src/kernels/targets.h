#pragma once

// Which of Highway's targets the kernels are compiled for. Included first by every file that includes Highway, so that
// all of them choose alike. Internal to this folder.
//
// SSSE3 is left out because no CPU of interest stops there, and the scalable SVE because the register tiles are arrays
// of vectors, which need a size that is known when compiling.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#define HWY_WANT_AVX3_DL 1

#include <hwy/targets.h>

// Whether products of bf16 are compiled once more with VDPBF16PS and with AMX, which Highway lacks. Debian's clang-16
// fails on it.
#if HWY_ARCH_X86_64 && HWY_COMPILER_GCC && !HWY_COMPILER_CLANG
#define ATTUNE_KERNELS_BF16 1
#else
#define ATTUNE_KERNELS_BF16 0
#endif
