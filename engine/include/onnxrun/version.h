// The version of the library these headers belong to.
#pragma once

#define ONNXRUN_VERSION_MAJOR 0
#define ONNXRUN_VERSION_MINOR 1
#define ONNXRUN_VERSION_PATCH 0

namespace onnxrun {

// "0.1.0": the version of the library that is linked, which may be newer than the macros above.
const char* version() noexcept;

}  // namespace onnxrun
