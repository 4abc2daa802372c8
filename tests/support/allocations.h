// Counts what operator new hands out, on all threads, outside of vendor libraries (engine/base/vendor_scope.h).
#pragma once

#include <cstdint>

namespace onnxrun::test {

std::int64_t allocations();

}  // namespace onnxrun::test
