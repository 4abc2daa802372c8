// The cuda backend on emulated devices (tests/backends/cuda/emulator): its host half as it is, its kernels as plain C++. It is
// among the backends of check_on_every_backend().
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::test {

// The path of libonnxrun_cuda_<name>.so.
std::filesystem::path emulated_library(std::string_view name);
// On a device of "host", with one of compute capability 7.5; "ampere", with one of 8.0; "trio", with three of 7.5, "no_nccl", with three
// that can't work together, "uneven", with three of which the second has no memory, or "no_capture", with one
// that can't record products. Kept for the life of the process.
const Backend& emulated_cuda(std::string_view name = "host", int device = 0);
// A model's backends: that one, and the reference for what it refuses.
std::vector<const Backend*> emulated_before_reference(std::string_view name = "host", int device = 0);

}  // namespace onnxrun::test
