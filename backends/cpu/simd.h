// The instruction sets that every SIMD file of this backend is compiled for, in one place. Include it before any header of
// Highway; the files then follow Highway's pattern (foreach_target.h includes the file again for each instruction set, and
// HWY_DYNAMIC_POINTER picks the best one that this processor has and ONNXRUN_MAX_ISA allows).
//
// x86-64: AVX2 (with FMA and F16C) and AVX-512, nothing older. aarch64: NEON, and SVE with 256-bit registers (Neoverse V1);
// on 128-bit SVE2 (Neoverse V2) NEON is as good.
#pragma once

#if defined(__x86_64__)
#define HWY_BASELINE_TARGETS HWY_AVX2
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#elif defined(__aarch64__)
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE2_128)
#endif

#include "hwy/detect_targets.h"

// The function of this name for the best instruction set; choose_isa() must have run.
#define HWY_DYNAMIC_POINTER(name) (HWY_DISPATCH_TABLE(name)[hwy::GetChosenTarget().GetIndex()])
