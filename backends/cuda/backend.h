// The backend on a library that has been loaded; make_backend() of backends.h finds the library first.
#pragma once

#include "backends/cuda/library.h"
#include "engine/backend/device.h"

namespace onnxrun::cuda {

std::unique_ptr<Backend> make_backend(const Library& library);

}  // namespace onnxrun::cuda
