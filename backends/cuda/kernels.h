// The tables of this backend: one function per line of kernels.inc.
#pragma once

#include <span>

#include "engine/backend/backend.h"

namespace onnxrun::cuda {

#define ONNXRUN_KERNELS(name) std::span<const KernelEntry> name##_kernels();
#include "backends/cuda/kernels.inc"
#undef ONNXRUN_KERNELS

}  // namespace onnxrun::cuda
